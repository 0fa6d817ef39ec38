/*
 * findings: what lint says, errors first: the rule in the page's language, the appliance's sentence beneath it.
 *
 * Needs the messages 'rules'.
 */
import {html} from '/html.js';
import {t, word} from '/i18n.js';
import {Icon} from '/ui/icon.js';
import {Said} from '/ui/words.js';

/** The name of a setting with its number: fkey[3]. */
export function settingName({name, index}) {
    return index === null || index === undefined ? name : `${name}[${index}]`;
}

function rank(finding) {
    return finding.severity === 'error' ? 0 : 1;
}

/** A list of findings; nothing when there are none. */
export function Findings({findings}) {
    const all = [...findings].sort((a, b) => rank(a) - rank(b));
    return all.length > 0 && html`
        <ul class="findings">${all.map((finding, i) => html`
            <li key=${i} class=${finding.severity === 'error' ? 'bad' : 'warn'}>
                <${Icon} name="warning" label=${t(`severity.${finding.severity}`)} />
                <div><strong>${word('rule', finding.rule)}</strong> <code>${settingName(finding)}</code>
                    <p><${Said} text=${finding.reason} /></p></div>
            </li>`)}</ul>`;
}
