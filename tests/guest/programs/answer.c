// Ends with status 42 and says nothing: the program that tests/guest/badinput cuts and corrupts.
int main(void) { return 42; }
