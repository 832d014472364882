"""Private names of ministack, by service: the only modules of this program that know them."""
