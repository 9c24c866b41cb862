# Perl fork, wait, pipes, signals, alarm, select, sockets.
perl -e '
$| = 1; use POSIX qw(:sys_wait_h); use Socket;
my @k; for my $i (1..4) { my $p = fork; if (!$p) { exit $i } push @k, $p } my @s; for (@k) { waitpid $_, 0; push @s, $? >> 8 } print "@s\n";
pipe my $r, my $w; if (!fork) { close $r; print $w "from child\n"; exit } close $w; print <$r>; wait;
$SIG{USR1} = sub { print "usr1\n" }; kill USR1 => $$; $SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; select undef, undef, undef, 10; }; print "got $@";
if (!fork) { kill TERM => $$; sleep 5 } wait; print "signal ", $? & 127, "\n";
socketpair my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC; if (!fork) { close $a; my $l = <$b>; print $b uc $l; exit } close $b; syswrite $a, "hello socket\n"; print scalar <$a>; wait;
print `echo backtick; exit 5`; print $? >> 8, "\n"; open my $p, "-|", "sort", "-r", "/etc/nosuch" or die; close $p; print $? >> 8, "\n"; open $p, "|-", "tr a-z A-Z"; print $p "piped\n"; close $p;
my $n = 0; $SIG{CHLD} = sub { while (waitpid(-1, WNOHANG) > 0) { $n++ } }; for (1..5) { exit unless fork } select undef, undef, undef, 0.05 while $n < 5; print "reaped $n\n"' 2>&1
