import type { TraceEvent, TraceFigures, TraceState, TraceStream } from '../trace-event.js';

/** What goes on at a moment of a trace. */
export class RunningState {
  state: TraceState | undefined;
  figures: TraceFigures | undefined;
  isLinked = false;
  /** The open streams by their number, each as it was subscribed. */
  streams = new Map<number, TraceStream>();
  #isDisconnected = false;

  copy(): RunningState {
    const copy = new RunningState();
    copy.state = this.state;
    copy.figures = this.figures;
    copy.isLinked = this.isLinked;
    copy.streams = new Map(this.streams);
    copy.#isDisconnected = this.#isDisconnected;
    return copy;
  }

  /** Returns how the connection ends with this event, if it does. */
  apply(event: TraceEvent): 'shut' | 'cut' | undefined {
    switch (event.type) {
      case 'state':
        return this.#applyState(event);
      case 'packet':
        this.isLinked = true;
        this.#isDisconnected = event.packet.cmd === 'disconnect';
        return undefined;
      case 'stream':
        if (event.change === 'subscribed') this.streams.set(event.stream, event);
        else this.streams.delete(event.stream);
        return undefined;
      case 'figures':
        this.figures = event;
        return undefined;
      default:
        return undefined;
    }
  }

  #applyState(event: TraceState): 'shut' | 'cut' | undefined {
    const { status, error } = event;
    this.state = event;
    if (status === 'connected') this.isLinked = true;
    if (!this.isLinked || status === 'connected' || status === 'disconnecting') return undefined;
    this.isLinked = false;
    return this.#isDisconnected || error === undefined ? 'shut' : 'cut';
  }
}
