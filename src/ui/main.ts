/** Where the page begins: styles, the trainer, the app. */
import './tokens.css';
import './lab.css';
import './loop.css';
import './page.css';
import './play.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { lab } from './lab.svelte.ts';
import { keepForOffline } from './offline.ts';
import { nextTask } from './tasks.ts';

const theme = new URLSearchParams(location.search).get('theme');
if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;

const target = document.getElementById('lab');
// The trainer loads while the page is drawn, and the page is drawn after its program has been read.
lab.open();
await nextTask();
if (target) mount(App, { target });
void keepForOffline();
