# needs: stress-ng
stress-ng --cpu 1 --fork 2 --futex 2 --pipe 2 --signal 2 --mmap 1 --switch 2 --timeout 5 --verify 2>&1 | grep -c 'successful run completed'
