# Perl regular expressions, hashes, sprintf, pack, sort, big strings.
perl -e '
use strict; use warnings;
my $t = "The year 1999 and 2024, also 42."; my @y = $t =~ /\b(\d{4})\b/g; print "@y\n";
(my $u = $t) =~ s/(\w+)/\u\L$1/g; print "$u\n"; print join("|", split /\s*,\s*/, "a , b,c"), "\n";
print "named $+{k}=$+{v}\n" if "key=val" =~ /(?<k>\w+)=(?<v>\w+)/; print "look\n" if "foobar" =~ /foo(?=bar)/;
my $re = qr/^(\((?:[^()]|(?1))*\))$/; print "balanced\n" if "(a(b)c)" =~ $re;
printf "%.15g %.3e %08.3f %+d %#x %#o %b %s %vd\n", 0.1+0.2, 12345.678, 3.14159, 5, 255, 8, 10, "s", "1.2.3";
my %h = map { $_ => length } qw(apple fig banana); print join(",", map { "$_:$h{$_}" } sort { $h{$a} <=> $h{$b} } keys %h), "\n";
print unpack("H*", pack("nNvVCd>", 1, 2, 3, 4, 5, 1.5)), "\n"; print join(",", sort { $b <=> $a } map { $_ * 7919 % 1009 } 1..20), "\n";
my $s = ""; $s .= chr(65 + $_ % 26) for 1..200000; print length($s), " ", ($s =~ tr/A//), " ", unpack("%32C*", $s), "\n";
print 9**20, " ", 2**63, " ", 1e16, " ", 1/3, " ", -7 % 3, " ", int(-3.7), " ", 9223372036854775807 + 1, "\n";
local $@; eval { die { code => 7 } }; print "caught $@->{code}\n"; print scalar reverse("abc"), " ", ucfirst("x"), " ", lc "ABC", "\n"; warn "to stderr\n"; exit 3'
