/*
 * passphrase: what a backup is opened with: typed twice when it is chosen, once when it is used.
 *
 *   html`<${NewPassphrase} form=${form} label why />`        fields `passphrase` and `again` of a form (ui/form.js)
 *   wrongPassphrase(values)                                  {field, message} of what is wrong with the two, or null
 */
import {html} from '/html.js';
import {t} from '/i18n.js';
import {TextField} from '/ui/form.js';

const LEAST = 12;

/** See above. */
export function wrongPassphrase({passphrase = '', again = ''}) {
    if (new TextEncoder().encode(passphrase).length < LEAST)
        return {field: 'passphrase', message: t('backup.passphrase.short', {n: LEAST})};
    return passphrase === again ? null : {field: 'again', message: t('backup.passphrase.differ')};
}

/** See above. */
export function NewPassphrase({form, label, why, optional}) {
    return html`
        <${TextField} form=${form} name="passphrase" type="password" label=${label} why=${why} optional=${optional} autocomplete="new-password" maxlength="256" />
        <${TextField} form=${form} name="again" type="password" label=${t('backup.passphrase.again')} optional=${optional} autocomplete="new-password" maxlength="256" />`;
}
