// The stage: one tile for each person, screens large, sound of everybody.

import { Tile, bestTileWidth } from './tiles.js';

const GAP = 12;
const VIEW_DELAY_MS = 600;
/** A look into another tab is not worth a keyframe of everybody. */
const HIDDEN_DELAY_MS = 5000;

export class Stage {
  #tiles = new Map();
  #sounds = new Map();
  #session;
  #elements;
  #viewTimer = null;
  #onSoundBlocked;

  /** `elements`: {stage, grid, screens, sounds}; `onSoundBlocked(isBlocked)`: the browser wants a click before sound. */
  constructor(session, elements, onSoundBlocked) {
    this.#session = session;
    this.#elements = elements;
    this.#onSoundBlocked = onSoundBlocked;
    this.observer = new ResizeObserver(() => this.#layOut());
    this.observer.observe(elements.grid);
    this.scrolling = () => this.#viewsSoon(VIEW_DELAY_MS);
    elements.grid.addEventListener('scroll', this.scrolling, { passive: true });
    this.showing = () => this.#viewsSoon(document.hidden ? HIDDEN_DELAY_MS : 0);
    document.addEventListener('visibilitychange', this.showing);
  }

  /** Makes tiles and sounds agree with the session. */
  update() {
    const wanted = this.#wantedTiles();
    for (const [id, tile] of this.#tiles) if (!wanted.has(id)) this.#removeTile(id, tile);
    for (const [id, look] of wanted) this.#showTile(id, look);
    this.#updateSounds();
    this.#elements.stage.classList.toggle('has-screen', [...wanted.values()].some(look => look.kind === 'screen'));
    this.#layOut();
  }

  /** Plays what could not be played; call it from a click. */
  async playSounds() {
    const results = await Promise.allSettled([...this.#sounds.values()].map(sound => sound.play()));
    this.#onSoundBlocked(results.some(result => result.status === 'rejected'));
  }

  /** The elements that show and play a person's sources, for tests. */
  elements(peerId) {
    return {
      camera: this.#tiles.get(peerId)?.video ?? null,
      screen: this.#tiles.get(`${peerId}/screen`)?.video ?? null,
      microphone: this.#sounds.get(this.#session.peers.get(peerId)?.sources.get('microphone')?.track.id) ?? null,
    };
  }

  close() {
    this.observer.disconnect();
    clearTimeout(this.#viewTimer);
    this.#elements.grid.removeEventListener('scroll', this.scrolling);
    document.removeEventListener('visibilitychange', this.showing);
    for (const [id, tile] of this.#tiles) this.#removeTile(id, tile);
    for (const id of [...this.#sounds.keys()]) this.#removeSound(id);
  }

  #wantedTiles() {
    const { self, local, peers, speaker } = this.#session, wanted = new Map();
    if (self) {
      const microphone = local.get('microphone');
      wanted.set('self', {
        kind: 'self', name: `${self.name} (you)`, track: local.get('camera')?.track,
        isMuted: !microphone || microphone.muted, isSpeaking: speaker === self.peerId,
      });
      // Small: a screen that shows itself large shows itself in itself.
      if (local.has('screen')) wanted.set('self/screen', { kind: 'own-screen', name: 'Your screen', track: local.get('screen').track });
    }
    for (const { id, name, sources } of peers.values()) {
      const microphone = sources.get('microphone'), camera = sources.get('camera'), screen = sources.get('screen');
      wanted.set(id, {
        kind: 'person', name, track: camera?.muted ? null : camera?.track, held: camera?.muted ? '' : camera?.held,
        isMuted: !microphone || microphone.muted, isSpeaking: speaker === id,
      });
      if (screen) wanted.set(`${id}/screen`, { kind: 'screen', name: `Screen of ${name}`, track: screen.track, held: screen.held });
    }
    return wanted;
  }

  #showTile(id, look) {
    let tile = this.#tiles.get(id);
    if (!tile) {
      tile = new Tile(look.kind);
      this.#tiles.set(id, tile);
      (look.kind === 'screen' ? this.#elements.screens : this.#elements.grid).append(tile.element);
    }
    tile.update(look);
  }

  #removeTile(id, tile) {
    tile.remove();
    this.#tiles.delete(id);
  }

  /** One element for each slot: it goes on playing when the slot gets another voice. */
  #updateSounds() {
    const microphones = [...this.#session.peers.values()].map(({ sources }) => sources.get('microphone'));
    const tracks = new Map(microphones.filter(Boolean).map(({ track }) => [track.id, track]));
    for (const [id, track] of tracks) {
      if (this.#sounds.get(id)?.srcObject?.getTracks()[0] === track) continue;
      this.#removeSound(id);
      this.#addSound(id, track);
    }
    for (const id of [...this.#sounds.keys()]) if (!tracks.has(id)) this.#removeSound(id);
  }

  #addSound(id, track) {
    const sound = new Audio();
    sound.autoplay = true;
    sound.srcObject = new MediaStream([track]);
    this.#sounds.set(id, sound);
    this.#elements.sounds.append(sound);
    sound.play().catch(error => { if (error.name === 'NotAllowedError') this.#onSoundBlocked(true); });
  }

  #removeSound(id) {
    const sound = this.#sounds.get(id);
    if (!sound) return;
    sound.srcObject = null;
    sound.remove();
    this.#sounds.delete(id);
  }

  #layOut() {
    const { grid, stage } = this.#elements, count = grid.childElementCount;
    if (!count || !grid.clientWidth) return;
    const width = stage.classList.contains('has-screen')
      ? grid.clientWidth : bestTileWidth(count, grid.clientWidth, grid.clientHeight, GAP);
    grid.style.setProperty('--tile-width', `${width}px`);
    this.#viewsSoon(VIEW_DELAY_MS);
  }

  #viewsSoon(delay) {
    clearTimeout(this.#viewTimer);
    this.#viewTimer = setTimeout(() => this.#reportViews(), delay);
  }

  /** Tells how large each picture is shown, so that no more comes than is seen. */
  #reportViews() {
    for (const { id, sources } of this.#session.peers.values()) {
      for (const [source, tileId] of [['camera', id], ['screen', `${id}/screen`]]) {
        const slot = sources.get(source), element = this.#tiles.get(tileId)?.element;
        if (slot && element) this.#session.setView(slot.mid, ...viewOf(element));
      }
    }
  }
}

/** [width, height] in pixels of the screen; zeros when nothing of it is to be seen. */
function viewOf(element) {
  const { width, height, top, bottom } = element.getBoundingClientRect();
  if (document.hidden || !width || bottom <= 0 || top >= innerHeight) return [0, 0];
  return [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
}
