# Perl core modules: digests, big numbers, JSON, time, MIME, threads-free lists.
perl -MDigest::SHA=sha256_hex -MDigest::MD5=md5_hex -e 'print sha256_hex("abc"), "\n", md5_hex("abc" x 10000), "\n"'
perl -MMath::BigInt -e 'print Math::BigInt->new(2)->bpow(200), "\n", Math::BigInt->new(50)->bfac, "\n"'
perl -MMath::BigFloat -e 'print Math::BigFloat->new(2)->bsqrt(50), "\n"'
perl -MJSON::PP -e 'print JSON::PP->new->canonical->encode({ a => [1, 2.5, "x"], b => { c => undef } }), "\n"'
perl -MPOSIX -e 'print strftime("%F %T", gmtime 1e9), " ", floor(-1.5), " ", fmod(7, 3), " ", DBL_MAX, "\n"'
perl -MList::Util=sum,shuffle,first -MMIME::Base64 -MStorable=freeze,thaw -e 'print sum(1..1000), " ", (first { $_ > 5 } 1..9), " ", encode_base64("hello"), thaw(freeze([1,2,3]))->[2], "\n"'
perl -MEncode -e 'binmode STDOUT, ":utf8"; my $s = decode("UTF-8", "\xc3\xa9t\xc3\xa9"); print length $s, " ", uc $s, "\n"'
perl -MFile::Temp -MFile::Find -e 'mkdir "d"; open F, ">d/$_" for 1..5; find(sub { push @f, $_ if -f }, "d"); print join(",", sort @f), "\n"'
perl -MCompress::Zlib -e '$d = compress("x" x 100000); print length($d), " ", length(uncompress $d), " ", crc32("abc"), "\n"'
perl -e 'srand 42; print join(" ", map { int rand 1000 } 1..8), "\n"; format STDOUT =
@<<<<< @>>>>> @##.##
"left", "right", 3.14159
.
write; die "dies\n"'
