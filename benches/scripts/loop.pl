# Hashes, arrays, string building and regular expressions.
use strict;

my (%count, @parts);
my $mix = 0;
for my $i (1 .. 2_000_000) {
    my $k = ($i * 7919) % 10007;
    $count{"k$k"} += $i & 15;
    $mix ^= $k << ($i & 3);
    push @parts, "$k-$i" if $i % 5 == 0;
}
my $matched = 0;
for (@parts) { $matched += length $1 if /^(\d*7)\d*-/ }
$mix += $count{$_} for sort keys %count;
print "$mix $matched\n";
