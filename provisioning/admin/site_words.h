#ifndef PROVOST_ADMIN_SITE_WORDS_H
#define PROVOST_ADMIN_SITE_WORDS_H

/* What a value of the site is for, as a sentence; "" for a name that is none. */
const char *site_words_purpose(const char *name);

#endif
