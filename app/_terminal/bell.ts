/** A short soft tone for the terminal's bell, where somebody asked for it. */
let audio: AudioContext | undefined;
let lastAt = 0;

/** A program that rings without end rings four times a second. */
const APART_MS = 250;

export function ringBell(): void {
  if (performance.now() - lastAt < APART_MS) return;
  lastAt = performance.now();
  audio ??= new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.08, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.15);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.15);
}
