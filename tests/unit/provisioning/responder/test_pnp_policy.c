/*
 * test_pnp_policy: who is told the URL, over all combinations of what can be known of a question.
 */
#include "provisioning/responder/pnp_policy.h"

#include "tests/support/test.h"

static const char URL[] = "https://10.0.0.1/{mac}.xml";

static struct site site;
static struct pnp_message m;
static struct pnp_policy_facts facts;

static void good(void)
{
        site = (struct site){.lan_address = 0x0a000001, .lan_prefix = 24, .complete = true};
        m = (struct pnp_message){.kind = PNP_KIND_SUBSCRIBE, .has_mac = true, .is_profile = true, .accepts_url = true,
                                 .contact = "sip:10.0.0.50", .contact_address = 0x0a000032, .contact_port = 5060};
        facts = (struct pnp_policy_facts){.site = &site, .from = 0x0a000032, .to = PNP_POLICY_GROUP, .is_from_itself = true,
                                          .is_trusted = true, .source = URL, .plain_reason = "phone not approved"};
}

TEST(a_trusted_phone_is_told_the_url)
{
        good();
        CHECK_STR(pnp_policy_decide(&m, &facts).url, URL);
}

TEST(whatever_else_holds_only_a_trusted_phone_that_asks_for_itself_from_the_lan_is_told_a_url)
{
        static const uint32_t FROM[] = {0x0a000032, 0x0a000001, 0x0a0000ff, 0x0a000000, 0, 0xc0000201, UINT32_MAX, PNP_POLICY_GROUP};
        static const uint32_t TO[] = {PNP_POLICY_GROUP, 0x0a000001, UINT32_MAX, 0xe00000fb};
        unsigned n_told = 0;

        for (unsigned bits = 0; bits < 1024; bits++)
                for (size_t from = 0; from < 8; from++)
                        for (size_t to = 0; to < 4; to++) {
                                good();
                                m.has_mac = !(bits & 1);
                                m.is_profile = !(bits & 2);
                                m.accepts_url = !(bits & 4);
                                m.kind = bits & 8 ? PNP_KIND_OTHER : PNP_KIND_SUBSCRIBE;
                                m.contact_address = bits & 16 ? 0x0a000033 : FROM[from];
                                facts.from = FROM[from];
                                facts.to = TO[to];
                                facts.is_from_itself = !(bits & 32);
                                facts.is_trusted = !(bits & 64);
                                facts.source = bits & 128 ? NULL : URL;
                                site.complete = !(bits & 256);
                                site.pnp_mode = bits & 512 ? SITE_PNP_MODE_OFF : SITE_PNP_MODE_ON;
                                struct pnp_policy_answer a = pnp_policy_decide(&m, &facts);
                                bool is_right = bits == 0 && from == 0 && to == 0;
                                CHECK_EQ_INT(a.url != NULL, is_right);
                                CHECK(a.reason && *a.reason);
                                n_told += a.url != NULL;
                        }
        CHECK_EQ_INT(n_told, 1);
}

TEST(without_a_site_or_a_contact_there_is_silence)
{
        good();
        facts.site = NULL;
        CHECK(!pnp_policy_decide(&m, &facts).url);
        good();
        m.contact[0] = 0;
        CHECK(!pnp_policy_decide(&m, &facts).url);
}
