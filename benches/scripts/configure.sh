# What a configure script does: short commands, one after the other. Its argument is how many rounds of
# twenty commands; PATH and the directory to work in are the caller's.
set -e
rounds=${1:-100}
dir=${TMPDIR:-/tmp}/metic-configure.$$
mkdir "$dir"
cd "$dir"
n=0
while test "$n" -lt "$rounds"; do
  n=$(expr "$n" + 1)
  cat > conftest.in <<END
prefix = @prefix@
feature_$n = @feature@
have_header_$n = yes
END
  test -f conftest.in
  sed -e "s|@prefix@|/usr/local|" -e "s|@feature@|$n|" conftest.in > conftest.out
  grep "feature_$n = $n" conftest.out > /dev/null
  value=$(sed -n "s/^have_header_$n = //p" conftest.out)
  case $value in yes) echo "#define HAVE_HEADER_$n 1" >> config.h ;; esac
  name=$(echo "sys/type_$n.h" | tr 'a-z./' 'A-Z__')
  base=$(basename "/usr/include/sys/type_$n.h" .h)
  folder=$(dirname "/usr/include/sys/type_$n.h")
  if (exit 0); then echo "checking for $name in $folder ($base)... yes" >> config.log; fi
  cp conftest.out conftest.c
  mv conftest.c conftest.cpp
  cmp -s conftest.out conftest.cpp
  ls conftest.* > conftest.list
  wc -l < conftest.list > conftest.count
  sort conftest.list | uniq > conftest.sorted
  cut -d. -f2 conftest.sorted | head -n 1 > /dev/null
  touch conftest.stamp
  chmod 644 conftest.stamp
  rm -f conftest.*
done
wc -l < config.h
cat config.h config.log | cksum
cd ..
rm -r "$dir"
