/*
 * test_documents: documents of four models, as merged and written, against golden files and against a table of what each row of the
 * hardening profile must say; that table reads them, and stage 1, with another parser (hardening_rows.py).
 */
#include "provisioning/model/merge.h"

#include <sys/stat.h>
#include <unistd.h>

#include "provisioning/document/settings_document.h"
#include "tests/support/golden.h"
#include "tests/support/test.h"
#include "vpn/bootstrap/stage1.h"

#define SETTINGS_MAX 256

static const struct { const char *model, *firmware; } models[] = {
        {"snomD785", "10.1.169.16"}, {"snomD865", "10.1.175.10"}, {"snom720", "8.7.5.35"}, {"snomM700", "05.20.0001"},
};
#define N_MODELS (sizeof models / sizeof models[0])

static const struct merge_secrets secrets = {
        .sip_secret = "jf83hf8HFD", .http_pass = "aB3.aB3.aB3.aB4.", .admin_mode_password = "cD4:cD4:cD4:cD5:",
        .service_mode_pass = "eF5-eF5-eF5-eF6-", .keyboard_lock_pw = "739146", .uboot_lock = "82640517",
        .webserver_user_password = "gH6_gH6_gH6_gH7_", .webserver_admin_password = "iJ7/iJ7/iJ7/iJ8/",
};

/* What an admin adds for the whole site: what no row can know. */
static const struct merge_attribute upload_type = {"type", "gui_xml_state_settings"}, key_label = {"label", "Door & gate"};
static const struct merge_setting of_site[] = {
        {.name = "upload", .index = 0, .value = "https://10.64.0.1/state_settings.xml", .permission = "", .attributes = &upload_type, .n_attributes = 1},
        {.name = "certificate", .index = 0, .value = "MIIBszCCAVmgAwIBAgIUZ", .permission = ""},
        {.name = "fkey", .index = 0, .value = "line", .permission = "R"},
        {.name = "fkey", .index = 1, .value = "speed 8<{ext}>", .permission = "RW", .attributes = &key_label, .n_attributes = 1},
        {.name = "ring_sound", .index = MERGE_NO_INDEX, .value = "Ringer3", .permission = "!"},
        {.name = "phone_name", .index = MERGE_NO_INDEX, .value = "snom-{mac}", .permission = "R"},
};
/* What an admin gives some phones: a menu of their own, a certificate of their web pages. */
static const struct merge_attribute menu_type = {"type", "gui_xml_state_settings_preferences"};
static const struct merge_setting of_profile[] = {
        {.name = "upload", .index = 1, .value = "https://10.64.0.1/{MAC}/preferences.xml", .permission = "", .attributes = &menu_type, .n_attributes = 1},
        {.name = "webserver_cert", .index = MERGE_NO_INDEX, .permission = "R",
         .value = "-----BEGIN CERTIFICATE----- QUJD REVG -----END CERTIFICATE----- -----BEGIN PRIVATE KEY----- R0hJ -----END PRIVATE KEY-----"},
};
static const struct merge_layer layers[] = {{MERGE_SITE, "", of_site, sizeof of_site / sizeof *of_site},
                                            {MERGE_PROFILE, "reception", of_profile, sizeof of_profile / sizeof *of_profile}};

static struct site site = {.name = "Lab", .tunnel_address = 0x0a400001, .tunnel_prefix = 16, .sip_host = "pbx.example", .sip_transport = "tls",
                           .time_zone = "GER+1", .language = "Deutsch", .country = "DE", .poll_minutes = 5};

static struct merge *merge;
static struct settings_document_writer *writer;
static struct settings_document_setting written[SETTINGS_MAX];
static const char *bytes;
static size_t size;

static struct settings_document_setting written_of(const struct merge_setting *s)
{
        return (struct settings_document_setting){.name = s->name, .index = s->index, .value = s->value, .permission = s->permission,
                                                  .attributes = (const struct settings_document_attribute *)(const void *)s->attributes,
                                                  .n_attributes = s->n_attributes};
}

static void make_document(size_t model, const char *row_off, struct merge_result *ret_result, struct merge_input *ret_input)
{
        static struct merge_switch off;
        struct settings_document_problem problem = {""};

        off = (struct merge_switch){MERGE_SITE, "", row_off, "for a test", "root", false};
        *ret_input = (struct merge_input){
                .phone = {.mac = {{0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc}}, .name = "Front desk", .model = models[model].model,
                          .firmware = models[model].firmware, .sip_user = "2017", .seal_is_good = true},
                .site = &site, .secrets = secrets, .layers = layers, .n_layers = 2, .switches = &off, .n_switches = row_off ? 1 : 0,
        };
        if (!merge)
                CHECK(merge_new(&merge) == 0 && settings_document_writer_new(&writer) == 0);
        CHECK_EQ_INT(merge_settings(merge, ret_input, ret_result), 0);
        CHECK(ret_result->n_settings <= SETTINGS_MAX);
        for (size_t i = 0; i < ret_result->n_settings; i++)
                written[i] = written_of(&ret_result->settings[i]);
        if (settings_document_render(writer, &(struct settings_document){.settings = written, .n_settings = ret_result->n_settings}, &bytes, &size,
                                     &problem))
                TEST_FAIL("%s: %s", models[model].model, problem.reason);
}

static void keep_error(const struct lint_finding *finding, void *userdata)
{
        struct lint_finding *first = userdata;

        if (!*first->sentence)
                *first = *finding;
}

TEST(documents_of_four_models_are_as_reviewed)
{
        for (size_t m = 0; m < N_MODELS; m++) {
                struct lint_finding finding = {.sentence = ""};
                struct merge_result result;
                struct merge_input input;
                char name[64];

                make_document(m, NULL, &result, &input);
                snprintf(name, sizeof name, "documents/%s.xml", models[m].model);
                CHECK_GOLDEN(name, bytes, size);
                (void)lint_merged(&input, &result, keep_error, &finding);
                if (*finding.sentence)
                        TEST_FAIL("%s: %s: %s", models[m].model, finding.rule, finding.sentence);
        }
}

static void print_row(const struct hardening_row *row, void *userdata)
{
        fprintf(userdata, "%s %s\n", row->name, hardening_state_text(row->state));
}

/* DIR/MODEL/ROW.xml with that row switched off, and DIR/MODEL/ROW.score. */
static void write_out(const char *dir, size_t m, const char *row)
{
        struct merge_result result;
        struct merge_input input;
        char path[256];
        size_t met, total;
        FILE *file;

        make_document(m, row, &result, &input);
        snprintf(path, sizeof path, "%s/%s", dir, models[m].model);
        (void)mkdir(path, 0700);
        snprintf(path, sizeof path, "%s/%s/%s.xml", dir, models[m].model, row ? row : "all");
        file = fopen(path, "wb");
        CHECK(file && fwrite(bytes, 1, size, file) == size && !fclose(file));
        snprintf(path, sizeof path, "%s/%s/%s.score", dir, models[m].model, row ? row : "all");
        file = fopen(path, "w");
        CHECK(file);
        merge_score(&input, &result, print_row, file, &met, &total);
        fprintf(file, "sum %zu of %zu\n", met, total);
        CHECK(!fclose(file));
}

/* What the phone hears first of all, as bootstrap writes it: without it nothing of the rest is checked. */
static void write_stage1(const char *dir)
{
        static const char root[] = "-----BEGIN CERTIFICATE-----\nUm9vdA==\n-----END CERTIFICATE-----\n",
                          issuing[] = "-----BEGIN CERTIFICATE-----\nSXNzdWluZw==\n-----END CERTIFICATE-----\n";
        struct settings_document_problem problem = {""};
        struct site at_home = site;
        char path[256], *document;
        size_t document_size;
        FILE *file;

        at_home.lan_address = 0xc0a80701;
        CHECK_EQ_INT(stage1_write(&(struct stage1){.site = &at_home, .mac = {{0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc}}, .serial = "00ff", .roots = root,
                                                      .chain = issuing}, &document, &document_size, &problem), 0);
        snprintf(path, sizeof path, "%s/stage1.xml", dir);
        file = fopen(path, "wb");
        CHECK(file && fwrite(document, 1, document_size, file) == document_size && !fclose(file));
        settings_document_free(document, document_size);
}

TEST(another_parser_finds_every_row_of_the_hardening_table)
{
        char dir[] = "/tmp/provost-test-documents-XXXXXX", command[512];
        int status;

        CHECK(mkdtemp(dir));
        write_stage1(dir);
        for (size_t m = 0; m < N_MODELS; m++) {
                write_out(dir, m, NULL);
                for (size_t i = 0; merge_row_name(i, NULL); i++)
                        write_out(dir, m, merge_row_name(i, NULL));
        }
        snprintf(command, sizeof command, "python3 tests/unit/provisioning/model/hardening_rows.py %s 2>&1", dir);
        status = system(command);
        snprintf(command, sizeof command, "rm -r %s", dir);
        (void)!system(command);
        CHECK_EQ_INT(status, 0);
}

TEST(memory_is_given_back)
{
        merge_free(merge);
        settings_document_writer_free(writer);
}
