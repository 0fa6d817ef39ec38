/*
 * checks: what must hold for every page, whatever it shows.
 *
 *   await axe(page, 'phones, dark')         axe-core: no violation of WCAG 2.2 A and AA, nor of its best practices
 *   await valid(page, 'phones')             html-validate: the elements as they stand are valid HTML
 *   await fits(page, 'phones')              nothing is wider than the window
 *   await settled(page)                     the page has drawn what it asked for
 */
import fs from 'node:fs';
import {require, must} from './test.mjs';

const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const {HtmlValidate} = require('html-validate');
// The rules of the standard, none of taste; what it says of elements that scripts made as well as of written ones.
const checker = new HtmlValidate({root: true, extends: ['html-validate:standard'], rules: {'no-raw-characters': 'off', 'doctype-style': 'off', 'void-style': 'off'}});

/** Until nothing is being fetched (but the stream of news) and the page is not busy, for three frames. */
export async function settled(page) {
    const until = performance.now() + 10000;
    const frames = () => page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));
    for (;;) {
        await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]') && document.querySelector('h1'));
        await frames();
        if (!page.pending.size && !await page.evaluate(() => Boolean(document.querySelector('[aria-busy="true"]'))))
            return;
        must(performance.now() < until, () => `the page does not come to rest: ${[...page.pending].map(one => one.url())}`);
        await new Promise(done => setTimeout(done, 20));
    }
}

/** colours: only the rules that another choice of colours can break. */
export async function axe(page, where, colours = false) {
    if (!await page.evaluate('typeof axe === "object"'))
        await page.evaluate(AXE);
    const {violations} = await page.evaluate(colours => axe.run(document, {resultTypes: ['violations'], runOnly: colours
        ? {type: 'rule', values: ['color-contrast', 'link-in-text-block']}
        : {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}}), colours);
    must(!violations.length, () => `${where}: ${violations.map(one => `${one.id} (${one.nodes.length}: ${one.nodes.slice(0, 3).map(node => `${node.target.join(' ')} ${
        node.any.map(check => check.message).join(' ')}`).join(' | ')})`).join('; ')}`);
}

export async function valid(page, where) {
    const markup = `<!DOCTYPE html>\n${await page.evaluate(() => document.documentElement.outerHTML)}`;
    const {results} = await checker.validateString(markup);
    const messages = results.flatMap(result => result.messages).filter(message => message.severity === 2);
    const lines = markup.split('\n');
    must(!messages.length, () => `${where}: ${messages.slice(0, 5).map(one => `${one.ruleId}: ${one.message} in ${lines[one.line - 1].slice(Math.max(0, one.column - 40), one.column + 80)}`).join('; ')}`);
}

export async function fits(page, where) {
    const wide = await page.evaluate(() => {
        const room = document.documentElement.clientWidth;
        if (document.scrollingElement.scrollWidth <= room)
            return null;
        const guilty = [...document.body.querySelectorAll('*')].filter(one => one.getBoundingClientRect().right > room + 1)
            .map(one => `${one.tagName.toLowerCase()}.${one.className}`);
        return `${document.scrollingElement.scrollWidth} of ${room} px: ${guilty.slice(-4).join(', ')}`;
    });
    must(!wide, () => `${where} is wider than the window: ${wide}`);
}

/** Everything that the keyboard reaches, by Tab from the top, until it comes round: [{name, role, seen}]. */
export async function walk(page, most = 200) {
    const found = [];
    await page.evaluate(() => {
        document.body.tabIndex = -1;
        document.body.focus();
        document.body.removeAttribute('tabindex');
        scrollTo(0, 0);
    });
    for (let i = 0; i < most; i++) {
        await page.keyboard.press('Tab');
        const at = await page.evaluate(() => {
            const one = document.activeElement;
            if (!one || one === document.body)
                return null;
            window.__walked ??= new WeakSet();
            const again = window.__walked.has(one);
            window.__walked.add(one);
            const style = getComputedStyle(one);
            const box = one.getBoundingClientRect();
            const shown = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none';
            return {again, tag: one.tagName.toLowerCase(), name: (one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent ?? '').trim().slice(0, 60),
                shown, visible: box.width > 0 && box.height > 0};
        });
        if (!at || at.again)
            break;
        found.push(at);
    }
    await page.evaluate(() => {
        window.__walked = undefined;
    });
    return found;
}

/** How many things on the page take the keyboard. */
export async function reachable(page) {
    return page.evaluate(() => {
        const groups = new Set();
        // Of a group of radio buttons Tab reaches one; the arrows lead to the others.
        return [...document.querySelectorAll('a[href],button,input,select,textarea,summary,[tabindex="0"]')].filter(one =>
        !one.disabled && one.tabIndex >= 0 && one.checkVisibility({checkOpacity: false, checkVisibilityCSS: true}) && !one.closest('[inert]') && !(one.type === 'radio' && groups.has(one.name)) && (one.type !== 'radio' || groups.add(one.name))).length;
    });
}
