/*
 * markup_reader: bounds in front of the XML library, and what is wrong with markup in plain words.
 *
 * In:   any text.
 * Out:  whether the library may see it; for a text that is not well-formed, the mistakes people make.
 * Not:  no XML parser: names, entities and well-formedness are the library's.
 */
#include "provisioning/document/markup_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"

#define EXPLAIN_MAX 20

enum piece_kind { PIECE_TEXT, PIECE_START, PIECE_EMPTY, PIECE_END, PIECE_COMMENT, PIECE_OTHER, PIECE_DECLARATION, PIECE_BROKEN };

/* What stands between two places of the text. */
struct piece {
        enum piece_kind kind;
        const char *start, *end;                /* with its < and > */
        const char *name, *name_end;            /* of a tag */
        unsigned n_attributes;
        bool has_long_name;                     /* of an attribute */
        bool has_index;
};

struct walk {
        const char *text, *at, *end;
};

/* --- pieces ------------------------------------------------------------------ */

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\n';
}

static bool ends_name(char c)
{
        return is_blank(c) || c == '/' || c == '>' || c == '<' || c == '=' || c == '"' || c == '\'';
}

static bool starts(const struct walk *w, const char *prefix)
{
        size_t size = strlen(prefix);

        return (size_t)(w->end - w->at) >= size && memcmp(w->at, prefix, size) == 0;
}

/* `stop` ends with >. */
static void until(struct walk *w, struct piece *piece, enum piece_kind kind, size_t skip, const char *stop)
{
        const char *from = w->at + skip, *at = from;
        size_t size = strlen(stop);

        piece->kind = PIECE_BROKEN;
        piece->end = w->end;
        for (; (at = memchr(at, '>', (size_t)(w->end - at))); at++)
                if ((size_t)(at + 1 - from) >= size && memcmp(at + 1 - size, stop, size) == 0) {
                        piece->kind = kind;
                        piece->end = at + 1;
                        return;
                }
}

static void take_name(const char **at, const char *end, struct piece *piece)
{
        piece->name = *at;
        while (*at < end && !ends_name(**at))
                (*at)++;
        piece->name_end = *at;
}

/* From the name on: quoted values hold anything, so a > in one does not end the tag. */
static void take_tag(struct walk *w, struct piece *piece)
{
        const char *at = w->at + 1, *word = NULL;
        bool is_end = at < w->end && *at == '/';

        at += is_end;
        take_name(&at, w->end, piece);
        for (; at < w->end && *at != '>' && *at != '<'; at++) {
                if (*at == '"' || *at == '\'') {
                        const char *close = memchr(at + 1, *at, (size_t)(w->end - at - 1));

                        piece->n_attributes++;
                        piece->has_index = piece->has_index || (word && at - word == 4 && memcmp(word, "idx=", 4) == 0);
                        at = close ? close : w->end - 1;
                        word = NULL;
                } else if (is_blank(*at)) {
                        word = NULL;
                } else if (!word) {
                        word = at;
                } else {
                        piece->has_long_name = piece->has_long_name || at - word > MARKUP_READER_NAME_MAX;
                }
        }
        piece->kind = at == w->end || *at == '<' ? PIECE_BROKEN : is_end ? PIECE_END : at[-1] == '/' ? PIECE_EMPTY : PIECE_START;
        piece->end = at < w->end && *at == '>' ? at + 1 : at;
}

/* False at the end. */
static bool next_piece(struct walk *w, struct piece *ret)
{
        *ret = (struct piece){.start = w->at, .end = w->end};
        if (w->at == w->end)
                return false;
        if (*w->at != '<') {
                const char *tag = memchr(w->at, '<', (size_t)(w->end - w->at));

                ret->kind = PIECE_TEXT;
                ret->end = tag ? tag : w->end;
        } else if (starts(w, "<!--")) {
                until(w, ret, PIECE_COMMENT, 4, "-->");
        } else if (starts(w, "<![CDATA[")) {
                until(w, ret, PIECE_TEXT, 9, "]]>");
        } else if (starts(w, "<?")) {
                until(w, ret, PIECE_OTHER, 2, "?>");
        } else if (starts(w, "<!")) {
                ret->kind = PIECE_DECLARATION;
                ret->end = w->at + 2;
        } else {
                take_tag(w, ret);
        }
        w->at = ret->end;
        return true;
}

static unsigned line_of(const struct walk *w, const char *at)
{
        unsigned line = 1;

        for (const char *p = w->text; (p = memchr(p, '\n', (size_t)(at - p))); p++)
                line++;
        return line;
}

/* --- the gate ---------------------------------------------------------------- */

__attribute__((format(printf, 5, 6)))
static int say(const struct walk *w, const struct piece *piece, int r, struct markup_reader_problem *problem, const char *format, ...)
{
        char name[64] = "";
        va_list args;

        *problem = (struct markup_reader_problem){.line = line_of(w, piece->start)};
        if (piece->name && piece->name_end > piece->name) {
                text_escape(name, sizeof name, piece->name, (size_t)(piece->name_end - piece->name));
                (void)snprintf(problem->what, sizeof problem->what, "<%s%s>", piece->kind == PIECE_END ? "/" : "", name);
        }
        va_start(args, format);
        (void)vsnprintf(problem->reason, sizeof problem->reason, format, args);
        va_end(args);
        return r;
}

static int check_declaration(const struct walk *w, const struct piece *piece, struct markup_reader_problem *problem)
{
        size_t left = (size_t)(w->end - piece->start);

        if (left >= 9 && strncasecmp(piece->start, "<!DOCTYPE", 9) == 0) {
                say(w, piece, PV_EREFUSED, problem, "a document type (DOCTYPE) is not taken: settings need none, and it can make one file "
                    "mean another; remove it up to its closing >");
                (void)snprintf(problem->what, sizeof problem->what, "<!DOCTYPE>");
                return PV_EREFUSED;
        }
        return say(w, piece, PV_EREFUSED, problem, "declarations (<!...>) are not taken; remove it up to its closing >");
}

static int check_tag(const struct walk *w, const struct piece *piece, struct markup_reader_problem *problem)
{
        if ((size_t)(piece->name_end - piece->name) > MARKUP_READER_NAME_MAX || piece->has_long_name)
                return say(w, piece, PV_ETOOLARGE, problem, "a name of more than %d characters stands in this tag; settings have short names",
                           MARKUP_READER_NAME_MAX);
        if ((size_t)(piece->end - piece->start) > MARKUP_READER_TAG_MAX)
                return say(w, piece, PV_ETOOLARGE, problem, "this tag is longer than %d characters", MARKUP_READER_TAG_MAX);
        if (piece->n_attributes > MARKUP_READER_ATTRIBUTES_MAX)
                return say(w, piece, PV_ETOOLARGE, problem, "this tag has %u attributes; more than %d are not taken", piece->n_attributes,
                           MARKUP_READER_ATTRIBUTES_MAX);
        return 0;
}

static int check_piece(const struct walk *w, const struct piece *piece, struct markup_reader_problem *problem)
{
        size_t size = (size_t)(piece->end - piece->start);

        switch (piece->kind) {
        case PIECE_DECLARATION:
                return check_declaration(w, piece, problem);
        case PIECE_START:
        case PIECE_EMPTY:
        case PIECE_END:
                return check_tag(w, piece, problem);
        case PIECE_TEXT:
                return size <= MARKUP_READER_TEXT_MAX ? 0 :
                        say(w, piece, PV_ETOOLARGE, problem, "a value of %zu bytes begins here; more than %d are not taken", size, MARKUP_READER_TEXT_MAX);
        case PIECE_COMMENT:
                return size <= MARKUP_READER_COMMENT_MAX ? 0 :
                        say(w, piece, PV_ETOOLARGE, problem, "a comment of %zu bytes begins here; remove it", size);
        case PIECE_OTHER:
                return size <= MARKUP_READER_TAG_MAX ? 0 :
                        say(w, piece, PV_ETOOLARGE, problem, "a <? ... ?> of %zu bytes begins here; remove it", size);
        case PIECE_BROKEN:
                return 0;       /* below: tags people forgot to end are explained, not counted */
        }
        return 0;
}

int markup_reader_check(const char *text, size_t size, struct markup_reader_problem *ret_problem)
{
        struct walk w = {.text = text, .at = text, .end = text + size};
        unsigned depth = 0, n_elements = 0, n_attributes = 0;
        struct piece piece;
        int r;

        while (next_piece(&w, &piece)) {
                r = check_piece(&w, &piece, ret_problem);
                if (r)
                        return r;
                if (piece.kind == PIECE_BROKEN)
                        return say(&w, &piece, PV_EMALFORMED, ret_problem, "what begins here has no end: a > or --> is missing");
                if (piece.kind == PIECE_TEXT)
                        continue;
                if (piece.kind == PIECE_END) {
                        depth -= depth > 0;
                        continue;
                }
                if (++n_elements > MARKUP_READER_ELEMENTS_MAX)
                        return say(&w, &piece, PV_ETOOLARGE, ret_problem, "there are more than %d tags and comments; import the file in parts",
                                   MARKUP_READER_ELEMENTS_MAX);
                n_attributes += piece.n_attributes;
                if (n_attributes > MARKUP_READER_ALL_ATTRIBUTES_MAX)
                        return say(&w, &piece, PV_ETOOLARGE, ret_problem, "there are more than %d attributes; import the file in parts",
                                   MARKUP_READER_ALL_ATTRIBUTES_MAX);
                depth += piece.kind == PIECE_START;
                if (depth > MARKUP_READER_DEPTH_MAX)
                        return say(&w, &piece, PV_ETOOLARGE, ret_problem, "tags stand inside each other more than %d deep; end tags (</...>) "
                                   "are missing before here", MARKUP_READER_DEPTH_MAX);
        }
        return 0;
}

/* --- what people do ---------------------------------------------------------- */

bool markup_reader_is_container(const char *name, size_t size)
{
        static const char *const containers[] = {
                "settings", "phone-settings", "functionKeys", "function-keys", "tbook", "phone-book", "dialplan", "dial-plan",
                "ReplacementPlan", "certificates", "uploads", "gui-languages", "web-languages", "setting-files",
                "firmware-settings", "item", "phrases",
        };

        for (size_t i = 0; i < sizeof containers / sizeof containers[0]; i++)
                if (strlen(containers[i]) == size && strncasecmp(containers[i], name, size) == 0)
                        return true;
        return false;
}

struct explanation {
        struct walk w;
        struct piece stack[MARKUP_READER_DEPTH_MAX * 4];
        unsigned depth, n_roots, n_errors, n_said;
        markup_reader_each each;
        void *userdata;
};

__attribute__((format(printf, 4, 5)))
static void tell(struct explanation *e, const struct piece *piece, bool is_warning, const char *format, ...)
{
        struct markup_reader_problem problem;
        char reason[320];
        va_list args;

        if (e->n_said == EXPLAIN_MAX)
                return;
        va_start(args, format);
        (void)vsnprintf(reason, sizeof reason, format, args);
        va_end(args);
        (void)say(&e->w, piece, 0, &problem, "%s", reason);
        problem.is_warning = is_warning;
        e->n_said++;
        e->n_errors += !is_warning;
        e->each(&problem, e->userdata);
}

static bool same_name(const struct piece *a, const struct piece *b)
{
        size_t size = (size_t)(a->name_end - a->name);

        return (size_t)(b->name_end - b->name) == size && memcmp(a->name, b->name, size) == 0;
}

static const char *name_of(const struct piece *piece, char ret[static 64])
{
        return text_escape(ret, 64, piece->name, (size_t)(piece->name_end - piece->name));
}

static bool is_named(const struct piece *piece, const char *prefix)
{
        size_t size = strlen(prefix);

        return (size_t)(piece->name_end - piece->name) > size && memcmp(piece->name, prefix, size) == 0;
}

static void on_start(struct explanation *e, const struct piece *piece)
{
        char name[64];

        if (e->depth && same_name(piece, &e->stack[e->depth - 1]) && piece->n_attributes == 0) {
                tell(e, piece, false, "<%s> is opened a second time where it should end: write </%s> here", name_of(piece, name), name);
                e->depth--;
                return;
        }
        if (!e->depth && !markup_reader_is_container(piece->name, (size_t)(piece->name_end - piece->name)) && e->n_roots++ == 0)
                tell(e, piece, false, "settings stand here without anything around them: put <settings><phone-settings> before the first and "
                     "</phone-settings></settings> after the last");
        if (is_named(piece, "user_") && !piece->has_index)
                tell(e, piece, true, "this setting belongs to an identity and does not say to which: write idx=\"1\" in its tag");
        if (e->depth == sizeof e->stack / sizeof e->stack[0])
                e->n_said = EXPLAIN_MAX;        /* too wild to be explained further */
        else
                e->stack[e->depth++] = *piece;
}

static void on_end(struct explanation *e, const struct piece *piece)
{
        char name[64], open_name[64];
        unsigned at = e->depth;

        while (at && !same_name(piece, &e->stack[at - 1]))
                at--;
        name_of(piece, name);
        if (!at && !e->depth)
                tell(e, piece, false, "</%s> ends nothing: no <%s> is open here; remove it", name, name);
        else if (!at)
                tell(e, piece, false, "</%s> does not fit: <%s> of line %u is open here; write </%s>", name,
                     name_of(&e->stack[e->depth - 1], open_name), line_of(&e->w, e->stack[e->depth - 1].start), open_name);
        for (unsigned i = e->depth; at && i > at; i--)
                tell(e, &e->stack[i - 1], false, "<%s> is not ended before </%s> in line %u: write </%s> after its value",
                     name_of(&e->stack[i - 1], open_name), name, line_of(&e->w, piece->start), open_name);
        e->depth = at ? at - 1 : e->depth ? e->depth - 1 : 0;
}

/* An & that begins no entity: the usual slip in URLs. */
static void on_text(struct explanation *e, const struct piece *piece)
{
        static const char *const entities[] = {"amp;", "lt;", "gt;", "quot;", "apos;", "#"};
        struct piece tag = e->depth ? e->stack[e->depth - 1] : *piece;

        if (*piece->start == '<')
                return;         /* CDATA */
        for (const char *p = piece->start; (p = memchr(p, '&', (size_t)(piece->end - p))); p++) {
                bool is_entity = false;

                for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
                        is_entity = is_entity || ((size_t)(piece->end - p - 1) >= strlen(entities[i]) &&
                                                  memcmp(p + 1, entities[i], strlen(entities[i])) == 0);
                if (is_entity)
                        continue;
                tag.start = p;
                tell(e, &tag, false, "an & in a value must be written &amp;");
                return;
        }
}

unsigned markup_reader_explain(const char *text, size_t size, markup_reader_each each, void *userdata)
{
        struct explanation e = {.w = {.text = text, .at = text, .end = text + size}, .each = each, .userdata = userdata};
        struct piece piece;
        char name[64];

        while (e.n_said < EXPLAIN_MAX && next_piece(&e.w, &piece)) {
                if (piece.kind == PIECE_START)
                        on_start(&e, &piece);
                else if (piece.kind == PIECE_END)
                        on_end(&e, &piece);
                else if (piece.kind == PIECE_TEXT)
                        on_text(&e, &piece);
                else if (piece.kind == PIECE_BROKEN)
                        tell(&e, &piece, false, "what begins here has no end: a > or --> is missing");
        }
        for (unsigned i = e.depth; i > 0; i--)
                tell(&e, &e.stack[i - 1], false, "<%s> is never ended: write </%s> after its value", name_of(&e.stack[i - 1], name),
                     name);
        return e.n_errors;
}
