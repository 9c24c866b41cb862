# Fields, associative arrays and a pattern, over text.txt.
{
  sum[$5] += $2
  for (i = 4; i <= NF; i++) seen[$i]++
  if ($0 ~ /ta[aeo]+n/) matched++
}
END {
  for (w in seen) total += seen[w] * length(w)
  print NR, total, matched
}
