#ifndef PROVOST_CONSOLE_CTL_WORDS_H
#define PROVOST_CONSOLE_CTL_WORDS_H

/* The plain words for an event's word ("dhcp-ack"); the word itself when there are none. */
const char *ctl_words_of(const char *word);

#endif
