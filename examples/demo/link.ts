import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import {
  type Observable,
  type SchedulerLike,
  concat,
  defer,
  delay,
  filter,
  fromEvent,
  lastValueFrom,
  map,
  merge,
  mergeMap,
  of,
  retry,
  switchMap,
  take,
  takeUntil,
  throwError,
  timeout,
  timer,
} from 'rxjs';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const loopback = '127.0.0.1';
/** ms each way, as over a mobile network, so that messages are in flight when the link is cut. */
const latency = 20;

/** A TCP forwarder on a free port of this machine, between the clients and the broker. It can be cut. */
export class Link {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #deaf = false;

  private constructor(
    readonly target: Address,
    private readonly scheduler: SchedulerLike,
  ) {
    // half open: when one side has ended, the link still forwards what the other side sends
    this.#server = createServer({ allowHalfOpen: true }, socket => this.#forward(socket));
  }

  /** Rejects when the target does not answer. */
  static async to(target: Address, scheduler: SchedulerLike): Promise<Link> {
    await lastValueFrom(reach(target, scheduler), { defaultValue: undefined });
    const link = new Link(target, scheduler);
    await lastValueFrom(link.#listen(), { defaultValue: undefined });
    return link;
  }

  get port(): number {
    return this.#port;
  }

  /**
   * Simulates a failure: for `deaf` ms nothing arrives from the broker, then every socket is reset, and for `down` ms connections are
   * refused. Emits a line of text for each step.
   */
  fail({ deaf, down }: { deaf: number; down: number }): Observable<string> {
    const step = (ms: number, act: () => void, text: string) =>
      timer(ms, this.scheduler).pipe(
        map(() => {
          act();
          return text;
        }),
      );
    return concat(
      step(0, () => (this.#deaf = true), "fails: the broker's answers get lost"),
      step(deaf, () => this.#cut(), `is cut: sockets reset, connections refused for ${(down / 1000).toFixed(1)} s`),
      timer(down, this.scheduler).pipe(
        mergeMap(() => this.#listen()),
        map(() => 'accepts connections again'),
      ),
    );
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #cut(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #listen(): Observable<unknown> {
    const listening$ = defer(() => {
      this.#deaf = false;
      this.#server.listen(this.#port, loopback);
      return merge(fromEvent(this.#server, 'listening'), failure(this.#server)).pipe(take(1));
    });
    return listening$.pipe(
      retry({ count: 20, delay: 100 }), // another program may use the port for a moment
      map(() => (this.#port = (this.#server.address() as AddressInfo).port)),
    );
  }

  #forward(client: Socket): void {
    const broker = connect({ ...this.target, allowHalfOpen: true });
    this.#pump(client, broker, () => true);
    this.#pump(broker, client, () => !this.#deaf);
  }

  #pump(source: Socket, sink: Socket, passes: () => boolean): void {
    this.#sockets.add(source.setNoDelay());
    source.on('error', () => sink.destroy());
    source.on('close', () => this.#sockets.delete(source));
    const chunk$ = fromEvent(source, 'data').pipe(takeUntil(fromEvent(source, 'end')));
    // delay() holds back the completion too, so that what came last is written before the end
    chunk$.pipe(delay(latency, this.scheduler), filter(passes)).subscribe({
      next: chunk => sink.write(chunk as Uint8Array),
      error: () => sink.destroy(),
      complete: () => sink.end(),
    });
  }
}

/** Emits when a TCP connection comes about, and errors when it does not. */
function reach(target: Address, scheduler: SchedulerLike): Observable<unknown> {
  return defer(() => {
    const socket = connect(target);
    return merge(fromEvent(socket, 'connect'), failure(socket)).pipe(
      take(1),
      timeout({ first: 5000, scheduler, with: () => throwError(() => new Error('no answer within 5 s')) }),
      switchMap(() => of(socket.destroy())),
    );
  });
}

const failure = (emitter: Server | Socket) =>
  fromEvent(emitter, 'error').pipe(
    map(error => {
      throw error;
    }),
  );
