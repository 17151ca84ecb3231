// pagesize.c: the page size, for programs that are linked statically.
//
// uClibc defines this variable in its dynamic loader alone, though its start code sets it from the auxiliary
// vector and reads it in static programs too. A build without shared libraries lacks it.
unsigned long _dl_pagesize = 4096;
