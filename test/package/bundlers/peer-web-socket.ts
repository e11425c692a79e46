/**
 * A script whose value makes a class of WebSockets from a function that connects to a peer. It runs inside of a context, so that the bytes
 * are of the context's own classes, and needs no global of the platform.
 */
export const peerWebSocket = `
  connect => class {
    readyState = 0;
    bufferedAmount = 0;
    #listeners = {};
    #peer = connect(bytes => this.#tell('message', { data: Uint8Array.from(bytes).buffer }));
    constructor() {
      this.readyState = 1;
      this.#tell('open', {});
    }
    addEventListener(type, listener) {
      this.#listeners[type] = listener;
    }
    send(bytes) {
      this.#peer(bytes);
    }
    close() {
      this.readyState = 3;
      this.#tell('close', { code: 1000, reason: '' });
    }
    #tell(type, event) {
      Promise.resolve().then(() => this.#listeners[type]?.(event));
    }
  }
`;
