// The plain page of answers has no more to do than to tell its numbers in the reader's words.

localise();
