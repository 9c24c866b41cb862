# Arrays, associative arrays, expansions, regular expressions, process substitution.
bash <<'END'
a=(zero one two three); echo "${a[@]:1:2} ${#a[@]} ${a[-1]} ${!a[*]}"
declare -A m=([x]=1 [y]=2); for k in x y; do echo "$k=${m[$k]}"; done
s='The Quick Brown Fox'; echo "${s^^}" "${s,,}" "${s//o/0}" "${s/#The/A}" "${s:4:5}"
[[ $s =~ ([A-Z][a-z]+)\ Brown ]] && echo "match ${BASH_REMATCH[1]}"
diff <(seq 5) <(seq 2 6); echo "diff: $?"
printf '%05d|%-8s|%x|%q|%(%Y-%m-%d)T\n' 42 left 255 "it's" 0
mapfile -t lines < <(seq 3); echo "${lines[*]}"
read -r first rest <<< 'alpha beta gamma'; echo "$first/$rest"
shopt -s extglob nullglob
touch a.c b.c c.h; echo *.@(c|h) *.none; echo {a..e}{1..2}
case foo.tar.gz in *.gz) echo gz;; esac
exec 5>out; echo via-five >&5; exec 5>&-; cat out
END
