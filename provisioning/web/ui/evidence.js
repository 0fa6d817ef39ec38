/*
 * evidence: what is known of a phone that nobody let in yet, in two columns: what it says of itself, where anybody can say anything, and what
 * it showed and where it was, which is harder to make up.
 *
 *   html`<${Evidence} of=${waiting} />`        {phone, evidence, verdict, vendor, sentences or missing}
 *   html`<${Verdict} verdict="genuine" />`
 *   newest(evidence, 'agent')                  the latest value of a kind, '' when never heard
 *
 * Needs the messages 'words'.
 */
import {html} from '/html.js';
import {t, word, has} from '/i18n.js';
import {mac as shownMac} from '/format.js';
import {Ago, Mark, Said} from '/ui/words.js';

const KINDS = {genuine: 'good', unproven: 'warn', doubtful: 'bad', unknown: 'info'};
const SAYS = ['agent', 'vpn_header', 'vendor_class', 'hostname', 'pnp_vendor', 'pnp_model', 'pnp_version', 'client_id', 'parameters', 'tunnel_version', 'tunnel_ciphers'];
const SHOWS = ['certificate', 'subject', 'issuer', 'certificate_ends', 'fingerprint', 'lan_address', 'circuit_id', 'remote_id', 'relay', 'how'];

/** How much of it can be believed. */
export function Verdict({verdict}) {
    return html`<${Mark} kind=${KINDS[verdict] ?? 'info'} text=${word('verdict', verdict)} />`;
}

/** The latest value of a kind; ''. */
export function newest(evidence, kind) {
    return evidence.filter(one => one.kind === kind).sort((a, b) => b.last_at - a.last_at)[0]?.value ?? '';
}

/** A certificate's name without the rest: "Snom Phone 1" of "CN=Snom Phone 1,O=…". */
export function commonName(name) {
    return /(?:^|,)CN=([^,]+)/.exec(name)?.[1] ?? name;
}

function Rows({kinds, evidence}) {
    const rows = kinds.flatMap(kind => evidence.filter(one => one.kind === kind).sort((a, b) => b.last_at - a.last_at));
    return rows.length ? html`<dl class="facts evidence-facts">${rows.map((one, i) => html`
        <dt key=${`${i}-t`}>${word('evidence', one.kind)}</dt><dd key=${`${i}-d`}><span class="mono" translate="no">${one.kind === 'certificate' ? word('certificate', one.value) : one.value}</span>
            <small class="faint"> <${Ago} at=${one.last_at} /></small></dd>`)}</dl>` : html`<p class="faint">${t('evidence-part.nothing')}</p>`;
}

/** See above. */
export function Evidence({of}) {
    const {phone, evidence, verdict, vendor} = of;
    const sentences = of.sentences ?? of.missing ?? [];
    return html`
        <div class="evidence">
            <p class="evidence-verdict"><${Verdict} verdict=${verdict} /> <span>${has(`verdict.${verdict}.why`) ? t(`verdict.${verdict}.why`) : ''}</span></p>
            <div class="evidence-sides">
                <section><h3>${t('evidence-part.listed')}</h3><dl class="facts evidence-facts">
                    <dt>${t('evidence-part.mac')}</dt><dd class="mono">${shownMac(phone.mac)}</dd>
                    <dt>${t('evidence-part.maker')}</dt><dd>${vendor ? html`<${Said} text=${vendor} />` : t('evidence-part.unknown-maker')}</dd>
                    <dt>${t('evidence-part.name')}</dt><dd>${phone.name || '–'}</dd>
                    <dt>${t('evidence-part.model')}</dt><dd>${phone.model || '–'}</dd></dl></section>
                <section><h3>${t('evidence-part.shows')}</h3><${Rows} kinds=${SHOWS} evidence=${evidence} /></section>
                <section><h3>${t('evidence-part.says')}</h3><${Rows} kinds=${SAYS} evidence=${evidence} /></section>
            </div>
            ${sentences.length > 0 && html`<section><h3>${t('evidence-part.missing')}</h3><ul lang="en">${sentences.map(one => html`<li key=${one}>${one}.</li>`)}</ul></section>`}
        </div>`;
}
