# needs: perl
perl -e 'my $pid = fork // die; exit 3 unless $pid; waitpid $pid, 0; print join(",", sort { $a <=> $b } map { $_ * 7 % 13 } 1 .. 12), " ", $? >> 8, "\n"'
