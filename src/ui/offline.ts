/** The page without a network: its files are kept by a service worker; a new version waits until the person reloads. */
import { lab } from './lab.svelte.ts';
import { notices, told } from './text.ts';

export async function keepForOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  let registration: ServiceWorkerRegistration | undefined;
  try {
    registration = await navigator.serviceWorker.register('./sw.js');
  } catch (error) {
    // Private windows and plain http forbid it; everything but the tab without network works the same.
    console.warn('This page cannot be kept for offline use.', error);
  }
  if (!registration) return;
  const offer = (waiting: ServiceWorker) => {
    // The first version ever is no news.
    if (!navigator.serviceWorker.controller) return;
    const reload = () => {
      navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
      waiting.postMessage({ type: 'SKIP_WAITING' });
    };
    lab.tell(told.newVersion, [], {
      topic: 'version',
      actions: [{ label: notices.reload, run: () => void lab.pause().then(reload) }],
    });
  };
  if (registration.waiting) offer(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const coming = registration.installing;
    coming?.addEventListener('statechange', () => coming.state === 'installed' && offer(coming));
  });
}
