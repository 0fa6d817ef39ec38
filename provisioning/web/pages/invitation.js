/*
 * invitation: somebody who was given a one-time code chooses password and authenticator, and is signed in with that.
 */
import {html} from '/html.js';
import {t} from '/i18n.js';
import {enter} from '/session.js';
import {go} from '/router.js';
import {Joining} from '/ui/joining.js';

/** The page. */
export default function Invitation() {
    const done = who => {
        go('/', {}, {replace: true});
        enter(who);
    };
    return html`<${Joining} onDone=${done} /><p class="hint"><a href="#/">${t('join.to-sign-in')}</a></p>`;
}
