# Pipelines, here-documents, command substitution and exit statuses in dash.
printf 'c\na\nb\n' | sort | tr 'a-z' 'A-Z' | while read -r x; do echo "<$x>"; done
name=world
cat <<END | sed 's/o/0/g'
hello $name $((6 * 7)) $(echo nested $(echo twice))
END
cat <<'END'
no $expansion here
END
false; echo "false: $?"
(exit 42); echo "subshell: $?"
! true; echo "negated: $?"
set -- one 'two words' three
for a; do echo "arg: $a"; done
echo "${name#w} ${name%d} ${#name} ${unset:-default}"
nosuchcommand 2>&1; echo "missing: $?"
echo to-stderr >&2
exit 7
