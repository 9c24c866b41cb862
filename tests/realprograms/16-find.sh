# find, xargs and locate-free tree walking.
mkdir -p a/b/c a/d; for i in $(seq 30); do echo $i > a/b/f$i; done; touch 'a/d/with space' a/d/empty; chmod 700 a/d
touch -d '2010-01-01 UTC' a/b/f7; ln -s b/f1 a/sym
find a -type d | sort; find a -name 'f1?' | sort; find a -size 0 | sort; find a ! -newermt 2015-01-01 -type f; find a -type l -printf '%p -> %l\n'
find a -type f -print0 | sort -z | xargs -0 -n 10 cat | tr '\n' ' '; echo
find a -maxdepth 1 -perm 700; find a -regex '.*/f2[0-3]' | sort; find a -name 'f*' -exec sh -c 'echo $#' sh {} +; find a -empty -delete -print | sort
seq 20 | xargs -n 3 -P 1 echo; seq 8 | xargs -P 4 -I{} sh -c 'exit 0'; echo $?; find nosuch; echo $?; echo x | xargs false; echo $?
