# Archives and compression, there and back: tar, cpio, gzip, bzip2, xz, lzma, zip readers.
tar cf t.tar words sub bin; tar tf t.tar; mkdir x; tar xf t.tar -C x; cmp bin x/bin && echo same; tar tvf t.tar | awk '{ print $1, $3, $6 }'
gzip -c bin >bin.gz; gunzip -c bin.gz | cmp - bin && echo gzip; zcat bin.gz | wc -c; head -c 100 bin.gz | gunzip -c >/dev/null 2>&1; echo $?
bzip2 -c bin >bin.bz2; bunzip2 -c bin.bz2 | cmp - bin && echo bzip2; cksum bin.bz2; bzcat bin.bz2 | wc -c
tar czf t.tgz words sub; tar tzf t.tgz; tar cjf t.tbz words; tar xjOf t.tbz words | head -1
find sub | sort | cpio -o -H newc 2>/dev/null | cpio -t 2>/dev/null; find sub | sort | cpio -o -H newc 2>/dev/null >c.cpio; mkdir y; (cd y; cpio -id <../c.cpio 2>/dev/null); find y | sort
for i in 1 2 3 4 5; do cat bin words; done >big; gzip -9 -c big | gunzip | cmp - big && echo big; ar -t nothing.a 2>&1 | head -1
cat bin bin bin | gzip -n 2>/dev/null | wc -c | grep -c .
