# cp, mv, ln, ls, stat, du, install, mktemp, truncate and friends.
umask 022
mkdir -p d/e; echo one > d/a; printf '%0100d' 0 > d/e/b; ln -s a d/link; ln d/a d/hard; mkfifo d/fifo
chmod 751 d; chmod 600 d/a; chmod u+s d/e/b
find d -exec touch -h -d '2020-01-01 UTC' {} +
ls -l --time-style=+%F d d/e | grep -v total; cp -a d copy; ls -lR --time-style=+%F copy | grep -v total
stat -c '%n %F %a %h %s %U' d d/a d/link d/fifo d/e/b
mv copy/a copy/z; test -e copy/a; echo $?; readlink -f copy/link; realpath --relative-to=. d/e/b
install -m 640 d/a inst; stat -c '%a' inst; truncate -s 1M sparse; stat -c '%s' sparse
rm d/nosuch 2>&1; rmdir d 2>&1; rm -r d; ls; mkdir inst 2>&1; basename /x/y.c .c; dirname /x/y/z
cat nosuch; ls nosuch; cp nosuch x; cat .; echo $?
