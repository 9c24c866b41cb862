# sed scripts.
seq 10 | sed -n '2,4p;$p'; seq 5 | sed '1!G;h;$!d'; echo 'hello world' | sed -E 's/(\w+) (\w+)/\2 \1/;y/lo/01/'
seq 6 | sed 'N;s/\n/-/'; printf 'a\n\n\nb\n' | sed '/^$/N;/^\n$/D'
printf 'x=1\ny=2\n' > f; sed -i.bak 's/=/ = /' f; cat f f.bak; sed -n '$=' f; sed '/x/a\after' f; sed '/y/i\before' f
echo aaa | sed 's/a/b/2'; echo 'a.b.c' | sed 's/\./\n/g'; echo abc | sed 's/b/[&]/;s/.*/\U&/'
seq 3 | sed ':a;N;$!ba;s/\n/,/g'; seq 20000 | sed -E 's/([0-9])([0-9])$/\2\1/' | cksum; sed 's/(/' f; sed --posix 'k' f; echo $?
