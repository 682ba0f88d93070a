/** Where the page begins: styles, the trainer, the app. */
import './tokens.css';
import './lab.css';
import './page.css';
import './play.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { lab } from './lab.svelte.ts';
import { keepForOffline } from './offline.ts';

const theme = new URLSearchParams(location.search).get('theme');
if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;

const target = document.getElementById('lab');
if (target) mount(App, { target });
lab.open();
void keepForOffline();
