import {test, open, quiet, must} from './lib/test.mjs';
test('the browser shows a page', async () => {
    const page = await open();
    await page.setContent('<h1>Hallo</h1>');
    must(await page.getByRole('heading', {name: 'Hallo'}).isVisible(), 'no');
    await quiet(page);
});
