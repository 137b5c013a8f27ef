// The product around the call: log-in, meetings, and the way into one.

import { Meeting } from './call.js';

const $ = id => document.getElementById(id);
const meetingId = decodeURIComponent(/^\/m\/([^/]+)$/.exec(location.pathname)?.[1] ?? '');

async function ask(method, path, body) {
  const response = await fetch(path, {
    method, ...(body ? { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } } : {}),
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw Object.assign(new Error(answer.error?.message ?? `the backend answered ${response.status}`), { code: answer.error?.code });
}

function show(id) {
  for (const part of ['login', 'office', 'lobby', 'meeting']) $(part).hidden = part !== id;
}

function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = !text;
}

function onSubmit(id, act) {
  $(id).addEventListener('submit', async event => {
    event.preventDefault();
    notice('');
    try {
      await act();
    } catch (error) {
      notice(error.message);
    }
  });
}

async function showOffice() {
  try {
    const meetings = await ask('GET', '/api/meetings');
    show('office');
    $('meetings').replaceChildren(...meetings.map(({ id, name }) => {
      const item = document.createElement('li');
      item.append(Object.assign(document.createElement('a'), { href: `/m/${encodeURIComponent(id)}`, textContent: name }));
      return item;
    }));
  } catch (error) {
    if (error.code !== 'UNAUTHORIZED') notice(error.message);
    show('login');
  }
}

onSubmit('login', async () => {
  await ask('POST', '/api/login', { appId: $('app-id').value, appSecret: $('app-secret').value });
  $('app-secret').value = '';
  await showOffice();
});

onSubmit('make', async () => {
  const { id } = await ask('POST', '/api/meetings', { name: $('meeting-name').value, mode: $('meeting-two').checked ? 'p2p' : 'sfu' });
  location.href = `/m/${encodeURIComponent(id)}`;
});

/** Who this browser is to the product; a real one has accounts. */
function userId() {
  const known = localStorage.getItem('huddle-user');
  if (known) return known;
  const fresh = `guest-${crypto.getRandomValues(new Uint32Array(2)).join('')}`;
  localStorage.setItem('huddle-user', fresh);
  return fresh;
}

onSubmit('lobby', async () => {
  const name = $('name').value.trim();
  localStorage.setItem('huddle-name', name);
  const getToken = () => ask('POST', '/api/token', { meeting: meetingId, userId: userId(), name });
  const devices = $('with-devices').checked ? { audio: true, video: { width: 1280, height: 720 } } : null;
  const meeting = new Meeting($, notice, () => show('lobby'));
  await meeting.join(meetingId, getToken, devices);
  show('meeting');
  window.huddle = meeting;
});

if (meetingId) {
  $('name').value = localStorage.getItem('huddle-name') ?? '';
  show('lobby');
} else {
  showOffice();
}
