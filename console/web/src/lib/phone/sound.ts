// Everything that sounds: the microphone, what the other side says, the ring tone, and how loud they are.

/** An audio element or context that may play on a device of its own; not every browser can. */
type Routed = { setSinkId?(id: string): Promise<void> };

export const canChooseLoudspeaker = "setSinkId" in HTMLMediaElement.prototype;

const level = 1024; // samples that one measurement of loudness takes

export class Sound {
  #context: AudioContext | null = null;
  #ringContext: AudioContext | null = null;
  #ring: { stop(): void } | null = null;
  #far = new Audio();
  #meters: { microphone: AnalyserNode | null; loudspeaker: AnalyserNode | null } = { microphone: null, loudspeaker: null };
  #microphone: MediaStream | null = null;

  constructor() {
    this.#far.autoplay = true;
  }

  /** Opens the microphone. An exception is the browser's. */
  async open(device: string): Promise<MediaStream> {
    const audio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: device ? { ...audio, deviceId: { exact: device } } : audio });
    } catch (e) {
      // A headset that was pulled out is no reason not to take the call.
      if (!device || !(e instanceof Error) || !["OverconstrainedError", "NotFoundError"].includes(e.name)) throw e;
      stream = await navigator.mediaDevices.getUserMedia({ audio });
    }
    this.close();
    this.#microphone = stream;
    this.#meters.microphone = this.#meter(stream);
    return stream;
  }

  close() {
    this.#microphone?.getTracks().forEach((t) => t.stop());
    this.#microphone = null;
    this.#meters.microphone = null;
  }

  /** Plays what the other side says. */
  hear(stream: MediaStream | null) {
    this.#far.srcObject = stream;
    this.#meters.loudspeaker = stream ? this.#meter(stream) : null;
    if (stream) this.#far.play().catch(() => undefined); // silent_tab is found in mayPlay
  }

  async playOn(device: string) {
    await (this.#far as Routed).setSinkId?.(device).catch(() => undefined); // it is gone: the browser's own choice plays
  }

  /** Whether the browser lets this page make sounds now. */
  async mayPlay(): Promise<boolean> {
    const context = (this.#ringContext ??= new AudioContext());
    await Promise.race([context.resume().catch(() => undefined), new Promise((done) => setTimeout(done, 200))]);
    return context.state === "running";
  }

  /** Rings until hush: two tones, one second in four. The tone is made beforehand, so that a tab in the background keeps its time. */
  async ring(device: string, volume: number) {
    this.hush();
    const context = (this.#ringContext ??= new AudioContext());
    const rate = context.sampleRate;
    const buffer = context.createBuffer(1, rate * 4, rate);
    const samples = buffer.getChannelData(0);
    for (let i = 0; i < rate * 1.2; i++) {
      const t = i / rate;
      const edge = Math.min(1, t * 40, (1.2 - t) * 40);
      const warble = Math.floor(t * 20) % 2 ? 480 : 620;
      samples[i] = 0.5 * edge * (Math.sin(2 * Math.PI * warble * t) + 0.3 * Math.sin(4 * Math.PI * warble * t));
    }
    const source = context.createBufferSource();
    const gain = context.createGain();
    gain.gain.value = volume;
    source.buffer = buffer;
    source.loop = true;
    source.connect(gain).connect(context.destination);
    this.#ring = source;
    await (context as unknown as Routed).setSinkId?.(device).catch(() => undefined);
    if (this.#ring === source) source.start();
  }

  hush() {
    try {
      this.#ring?.stop();
    } catch {
      // it had not begun
    }
    this.#ring = null;
  }

  /** How loud it is now, 0..1, on a scale that ears agree with. */
  levels(): { microphone: number; loudspeaker: number } {
    return { microphone: loudness(this.#meters.microphone), loudspeaker: loudness(this.#meters.loudspeaker) };
  }

  end() {
    this.hush();
    this.close();
    this.hear(null);
    void this.#context?.close();
    void this.#ringContext?.close();
    this.#context = this.#ringContext = null;
  }

  #meter(stream: MediaStream): AnalyserNode {
    const context = (this.#context ??= new AudioContext());
    void context.resume().catch(() => undefined);
    const analyser = context.createAnalyser();
    analyser.fftSize = level;
    context.createMediaStreamSource(stream).connect(analyser);
    return analyser;
  }
}

function loudness(analyser: AnalyserNode | null): number {
  if (!analyser) return 0;
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  const power = samples.reduce((sum, s) => sum + s * s, 0) / samples.length;
  return Math.max(0, Math.min(1, 1 + Math.log10(power + 1e-9) / 5)); // -50 dB is nothing
}
