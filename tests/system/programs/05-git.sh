# needs: git
git init -q one
cd one
git config user.email a@b.c
git config user.name n
seq 1000 >numbers
git add numbers
git commit -qm numbers
git gc -q
git clone -q . ../two 2>/dev/null
git -C ../two fsck && git -C ../two log --format=%s
