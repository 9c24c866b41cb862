# git: init, add, commit, branch, merge, rebase, log, diff, clone, gc, with fixed dates and authors.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org
export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z' GIT_PAGER=cat
git init -q -b main r; cd r; seq 100 > a; mkdir d; echo x > d/b; git add .; git commit -q -m first; sed -i 's/^50$/fifty/' a; git diff; git commit -qam second
git checkout -q -b side HEAD~1; echo side > c; git add c; git commit -qm side; sed -i 's/^90$/ninety/' a; git commit -qam side2; git checkout -q main; git merge -q -m merged side; git log --oneline --graph --stat | sed 's/ *$//'
git rev-parse HEAD; git cat-file -p HEAD; git ls-tree -r HEAD; git tag -a v1 -m tag; git describe; git blame -s a | sed -n '50p;90p'; git show --format=%an:%ad:%s HEAD~1; git shortlog -sn HEAD
git checkout -q -b conflict HEAD~1; sed -i 's/^90$/other/' a; git commit -qam other; git merge main; git status -s; git merge --abort; git rebase -q main 2>&1 | grep -v hint; git rebase --abort
git gc -q; git fsck; git count-objects -v | grep -E 'in-pack|packs'; cd ..; git clone -q r s 2>&1; git clone -q --depth 1 "file://$PWD/r" t; git -C t log --oneline | wc -l; git -C s log --format=%H -n 1; git -C s grep -n fifty; git -C r archive HEAD | tar -tf -; git -C r format-patch -1 --stdout main~1 | sha256sum
git -C r stash list; echo dirty >> r/a; git -C r stash -q; git -C r stash list; git -C r stash pop -q; git -C r status --porcelain; git -C r bundle create -q ../b.bundle main; git bundle list-heads b.bundle; git nosuch 2>&1 | head -n 1; git hash-object r/d/b
