/*
 * form: what people type, kept until it is saved, whatever happens in between.
 *
 *   const form = useForm({
 *       base: phone.data && {name: phone.data.name, model: phone.data.model},   what is there; null while it is not read yet
 *       etag: phone.etag, path: `/phones/${mac}`, pick: body => ({name: body.name, model: body.model}),   for If-Match and its refusal
 *       save: (changed, {etag, values}) => send('PATCH', `/phones/${mac}`, changed, {etag}),
 *       onSaved: answer => phone.set(answer.body, answer.etag),
 *   });
 *   html`<${Form} form=${form} labels=${{name: t('phone.name')}}>
 *       <${TextField} form=${form} name="name" label=${t('phone.name')} why=${t('phone.name.why')} />
 *       <${Actions} form=${form} />
 *   </${Form}>`
 *
 *   form.values, form.changed (only what differs), form.dirty, form.busy, form.set(name, value), form.reset(), form.submit(), form.errors
 *
 * A Problem with `field` stands at that field, any other above the buttons. 412: both versions side by side, and the person chooses for
 * each value; nothing typed is lost. Leaving a page with something typed asks first (router.js). `why` of a field says why it is asked.
 */
import {html, useState, useEffect, useRef, useId, classes} from '/html.js';
import {request, Problem} from '/api.js';
import {t} from '/i18n.js';
import {guard} from '/router.js';
import {Icon} from '/ui/icon.js';

function same(a, b) {
    return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** See above. keep: typed values survive leaving the page without a question (search fields). */
export function useForm({base, etag, path, pick, save, onSaved, keep = false}) {
    const [state, setState] = useState({typed: {}, start: null, errors: {}, message: null, busy: false, conflict: null});
    const now = useRef(state);
    now.current = state;
    const values = {...base, ...state.typed};
    const changed = Object.fromEntries(Object.entries(state.typed).filter(([name, value]) => !same(value, base?.[name])));
    const dirty = Object.keys(changed).length > 0;
    const isDirty = useRef(false);
    isDirty.current = dirty && !keep;
    useEffect(() => guard(() => isDirty.current), []);
    const put = change => setState(old => ({...old, ...change}));

    const set = (name, value) => setState(old => ({
        ...old, typed: {...old.typed, [name]: value}, start: old.start ?? {base, etag},
        errors: {...old.errors, [name]: undefined}, message: null,
    }));
    const reset = () => put({typed: {}, start: null, errors: {}, message: null, conflict: null});

    const refused = async error => {
        if (!(error instanceof Problem))
            throw error;
        if (error.code === 'cancelled')
            return put({busy: false});
        if (error.status === 412 && path) {
            const answer = await request('GET', path);
            const theirs = pick(answer.body);
            return put({busy: false, conflict: {theirs, etag: answer.etag, body: answer.body, base: now.current.start?.base ?? base}});
        }
        const field = error.field?.split('.').pop();
        return field && (field in values || field in (base ?? {}))
            ? put({busy: false, errors: {[field]: error.message}, message: null})
            : put({busy: false, message: error.message});
    };

    const submit = async (over = {}) => {
        if (now.current.busy)
            return false;
        put({busy: true, errors: {}, message: null});
        try {
            const sent = over.changed ?? changed;
            const answer = await save(sent, {etag: over.etag ?? state.start?.etag ?? etag, values: {...values, ...over.changed}});
            setState(old => ({...old, typed: {}, start: null, busy: false, conflict: null}));
            onSaved?.(answer);
            return true;
        } catch (error) {
            await refused(error);
            return false;
        }
    };

    return {
        values, changed, dirty, set, reset, submit, base,
        busy: state.busy, errors: state.errors, message: state.message, conflict: state.conflict,
        fail: message => put({message}), failAt: (name, message) => put({errors: {...state.errors, [name]: message}}),
        endConflict: () => put({conflict: null}),
    };
}

/** The <form> itself, with the two versions when somebody else was quicker. labels: names of fields, for that. */
export function Form({form, labels = {}, children, className}) {
    const ref = useRef(null);
    const wrong = Object.keys(form.errors).find(name => form.errors[name]);
    useEffect(() => {
        if (wrong)
            ref.current.querySelector('[aria-invalid="true"]')?.focus();
    }, [wrong, form.errors]);
    const submit = event => {
        event.preventDefault();
        form.submit();
    };
    return html`
        <form ref=${ref} class=${classes('form', className)} onSubmit=${submit} noValidate>
            ${form.conflict && html`<${Conflict} form=${form} labels=${labels} />`}
            ${children}
            ${form.message && html`<div class="notice bad" role="alert"><${Icon} name="warning" /><p>${form.message}</p></div>`}
        </form>`;
}

function text(value) {
    return Array.isArray(value) ? value.join(', ') || '–' : value === true ? t('core.yes') : value === false ? t('core.no') : String(value ?? '') || '–';
}

/* Both versions, a choice for each value that differs. */
function Conflict({form, labels}) {
    const {theirs, base, etag} = form.conflict;
    const names = Object.keys({...theirs, ...form.changed}).filter(name => !same(theirs[name], base?.[name]) || name in form.changed);
    const [mine, setMine] = useState(Object.fromEntries(names.map(name => [name, name in form.changed])));
    const id = useId();
    const title = useRef(null);
    useEffect(() => {
        title.current.scrollIntoView({block: 'center'});
        title.current.focus({preventScroll: true});
    }, []);
    const save = () => {
        const chosen = names.filter(name => mine[name] && name in form.changed && !same(form.values[name], theirs[name]));
        form.submit({changed: Object.fromEntries(chosen.map(name => [name, form.values[name]])), etag});
    };
    return html`
        <section class="conflict" role="alert">
            <h3 ref=${title} tabindex="-1"><${Icon} name="swap" /> ${t('form.conflict')}</h3>
            <p>${t('form.conflict.text')}</p>
            <div class="scroll"><table>
                <thead><tr><th scope="col">${t('form.conflict.value')}</th><th scope="col">${t('form.conflict.before')}</th>
                    <th scope="col">${t('form.conflict.theirs')}</th><th scope="col">${t('form.conflict.mine')}</th></tr></thead>
                <tbody>${names.map(name => html`<tr key=${name}>
                    <th scope="row">${labels[name] ?? name}</th>
                    <td>${text(base?.[name])}</td>
                    <td><label><input type="radio" name=${`${id}-${name}`} checked=${!mine[name]} onChange=${() => setMine({...mine, [name]: false})} /> ${text(theirs[name])}</label></td>
                    <td>${name in form.changed
                        ? html`<label><input type="radio" name=${`${id}-${name}`} checked=${mine[name]} onChange=${() => setMine({...mine, [name]: true})} /> ${text(form.values[name])}</label>`
                        : html`<span class="faint">${t('form.conflict.untouched')}</span>`}</td>
                </tr>`)}</tbody>
            </table></div>
            <div class="actions"><button type="button" class="primary" onClick=${save}>${t('form.conflict.save')}</button>
                <button type="button" onClick=${form.endConflict}>${t('form.conflict.keep-typing')}</button></div>
        </section>`;
}

/** Label, why it is asked, the control, and what is wrong with it. control(props) makes the control. */
export function Field({label, why, error, unit, control, optional}) {
    const id = useId();
    const described = [why && `${id}-why`, error && `${id}-error`].filter(Boolean).join(' ') || null;
    return html`
        <div class=${classes('field', error && 'wrong')}>
            <label for=${id}>${label}${optional && html` <span class="faint">${t('form.optional')}</span>`}</label>
            ${why && html`<p class="hint" id=${`${id}-why`}>${why}</p>`}
            <div class="control">${control({id, 'aria-describedby': described, 'aria-invalid': error ? 'true' : null})}${unit && html`<span class="unit">${unit}</span>`}</div>
            ${error && html`<p class="error" id=${`${id}-error`}><${Icon} name="warning" /> ${error}</p>`}
        </div>`;
}

/** One line. Further properties (type, maxlength, autocomplete, inputmode, placeholder, list …) go to the <input>. */
export function TextField({form, name, label, why, unit, optional, ...rest}) {
    return html`<${Field} label=${label} why=${why} unit=${unit} optional=${optional} error=${form.errors[name]} control=${props => html`
        <input type="text" ...${rest} ...${props} name=${name} value=${form.values[name] ?? ''} onInput=${event => form.set(name, event.target.value)} />`} />`;
}

/** A number; an empty field is ''. */
export function NumberField({form, name, label, why, unit, optional, ...rest}) {
    const put = event => form.set(name, event.target.value === '' ? '' : Number(event.target.value));
    return html`<${Field} label=${label} why=${why} unit=${unit} optional=${optional} error=${form.errors[name]} control=${props => html`
        <input type="number" ...${rest} ...${props} name=${name} value=${form.values[name] ?? ''} onInput=${put} />`} />`;
}

/** Several lines. */
export function AreaField({form, name, label, why, optional, ...rest}) {
    return html`<${Field} label=${label} why=${why} optional=${optional} error=${form.errors[name]} control=${props => html`
        <textarea rows="4" ...${rest} ...${props} name=${name} value=${form.values[name] ?? ''} onInput=${event => form.set(name, event.target.value)}></textarea>`} />`;
}

/** One of a list: options [[value, label], …]. */
export function SelectField({form, name, label, why, options, optional}) {
    return html`<${Field} label=${label} why=${why} optional=${optional} error=${form.errors[name]} control=${props => html`
        <select ...${props} name=${name} value=${form.values[name] ?? ''} onChange=${event => form.set(name, event.target.value)}>
            ${options.map(([value, shown]) => html`<option key=${value} value=${value} selected=${value === form.values[name]}>${shown}</option>`)}
        </select>`} />`;
}

/** Yes or no. */
export function CheckField({form, name, label, why}) {
    const id = useId();
    return html`
        <div class="field check">
            <label><input type="checkbox" name=${name} checked=${Boolean(form.values[name])} aria-describedby=${why ? id : null}
                onChange=${event => form.set(name, event.target.checked)} /> ${label}</label>
            ${why && html`<p class="hint" id=${id}>${why}</p>`}
            ${form.errors[name] && html`<p class="error"><${Icon} name="warning" /> ${form.errors[name]}</p>`}
        </div>`;
}

/** One of a few, each with a sentence: options [[value, label, sentence], …]. */
export function ChoiceField({form, name, label, why, options}) {
    const id = useId();
    return html`
        <fieldset class=${classes('field', 'choice', form.errors[name] && 'wrong')}>
            <legend>${label}</legend>
            ${why && html`<p class="hint">${why}</p>`}
            ${options.map(([value, shown, sentence]) => html`
                <label key=${value} class=${classes('option', form.values[name] === value && 'chosen')}>
                    <input type="radio" name=${`${id}-${name}`} value=${value} checked=${form.values[name] === value} onChange=${() => form.set(name, value)} />
                    <span><b>${shown}</b>${sentence && html`<small>${sentence}</small>`}</span>
                </label>`)}
            ${form.errors[name] && html`<p class="error"><${Icon} name="warning" /> ${form.errors[name]}</p>`}
        </fieldset>`;
}

/** Save and Discard. label: another word for Save; always: also when nothing was changed. */
export function Actions({form, label, always, danger, children}) {
    return html`
        <div class="actions">
            <button type="submit" class=${danger ? 'danger' : 'primary'} disabled=${form.busy || (!always && !form.dirty)} aria-busy=${form.busy}>${label ?? t('form.save')}</button>
            ${form.dirty && !always && html`<button type="button" onClick=${form.reset} disabled=${form.busy}>${t('form.discard')}</button>`}
            ${children}
        </div>`;
}
