import {
  Observable,
  Subscription,
  animationFrames,
  asyncScheduler,
  defer,
  exhaustMap,
  filter,
  fromEvent,
  map,
  merge,
  noop,
  switchMap,
} from 'rxjs';
import { monotonicTime } from '../../client/platform/environment.js';
import { wordsOf } from '../../quoted.js';
import type { TraceEvent } from '../../trace/trace-event.js';
import type { StoreBounds } from '../model/event-store.js';
import { isShowable } from '../model/is-showable.js';
import { fileName, saveTrace } from '../model/save-trace.js';
import { Viewer } from '../model/viewer.js';
import { DetailsView } from './details-view.js';
import { type Palette, element, paletteOf, prefersReducedMotion } from './dom.js';
import { download, openFile } from './files.js';
import { FiguresView } from './figures-view.js';
import { MarblesView } from './marbles/marbles-view.js';
import { NoteView } from './note-view.js';
import { ScrubView } from './marbles/scrub-view.js';
import { StatusView } from './status-view.js';
import { styles } from './styles.js';
import { TopicsView } from './topics-view.js';

/** ms of a frame in which events are applied. The rest of its 16 ms is for drawing and for the page around. */
const BUDGET = 7;
/** ms between two updates of what is text, of the plots, and of marbles that must not move smoothly. */
const TEXT = 100;
const PLOTS = 250;
const STEPS = 1_000;
/** The width up to which the details are below the topics, as in the styles. */
const NARROW = 820;

const clock = (): number => monotonicTime() ?? asyncScheduler.now();

/** The inspector in its shadow root. All work is done once a frame: a trace can have any number of events meanwhile. */
export class InspectorView {
  readonly #host: HTMLElement;
  readonly #viewer: Viewer;
  readonly #openBounds: StoreBounds;
  readonly #status = new StatusView();
  readonly #note = new NoteView();
  readonly #figures = new FiguresView();
  readonly #marbles: MarblesView;
  readonly #scrub = new ScrubView();
  readonly #topics = new TopicsView();
  readonly #details: DetailsView;
  #palette: Palette;
  #isDirty = true;
  #textAt = -Infinity;
  #plotsAt = -Infinity;
  #marblesAt = -Infinity;

  constructor(host: HTMLElement, root: ShadowRoot, keep: StoreBounds, open: StoreBounds) {
    this.#host = host;
    this.#openBounds = open;
    this.#viewer = new Viewer(keep);
    this.#marbles = new MarblesView(this.#viewer);
    this.#details = new DetailsView(this.#viewer);
    this.#palette = paletteOf(host);
    this.#marbles.element.append(this.#scrub.element);
    // Unlike a style element, a constructed sheet needs no Content Security Policy that allows it.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
    root.append(
      element(
        'div',
        { class: 'page' },
        this.#status.element,
        this.#note.element,
        this.#figures.element,
        this.#marbles.element,
        element('div', { class: 'columns' }, this.#topics.element, this.#details.element),
      ),
    );
  }

  /** Shows a trace. Unsubscribing ends all work, and the subscription of the trace. */
  connect(trace$: Observable<TraceEvent>): Subscription {
    const subscription = new Subscription();
    const { play, save, open, close, file } = this.#status;
    const act = <T>(source$: Observable<T>, next: (value: T) => void) => {
      subscription.add(
        source$.subscribe({
          next: value => {
            next(value);
            this.#isDirty = true;
          },
          error: (error: unknown) => this.#note.tell(wordsOf(error), 'bad'),
        }),
      );
    };
    for (const part of [this.#marbles, this.#scrub, this.#topics, this.#details]) subscription.add(part.connect());
    act(fromEvent(play, 'click'), () => this.#toggle());
    act(fromEvent(open, 'click'), () => file.click());
    act(fromEvent(close, 'click'), () => this.#close());
    act(this.#scrub.moved$, at => this.#viewer.seek(at, clock()));
    act(this.#marbles.moment$, moment => {
      this.#details.showMoment(moment);
      this.#revealDetails();
    });
    act(this.#topics.selected$, topic => {
      this.#marbles.clear();
      this.#details.showTopic(topic);
    });
    act(this.#topics.clicked$, () => this.#revealDetails());
    act(fromEvent(save, 'click').pipe(exhaustMap(() => saveTrace(this.#viewer.store))), blob =>
      subscription.add(download(blob, fileName(this.#viewer.store.start?.startedAt))),
    );
    act(this.#chosenFiles().pipe(switchMap(chosen => openFile(chosen, this.#openBounds))), result => {
      if ('error' in result) this.#note.tell(result.error, 'bad');
      else {
        this.#clearMoment();
        this.#viewer.open(result.opened);
        this.#note.tellOpened(result.opened);
      }
    });
    act(merge(...this.#redraws()), () => {
      this.#palette = paletteOf(this.#host);
    });
    // Subscribed last, because a trace can emit while it is subscribed.
    subscription.add(animationFrames().subscribe({ next: () => this.#renderFrame(), error: noop }));
    subscription.add(
      defer(() => trace$).subscribe({
        next: event => {
          if (!isShowable(event)) return;
          this.#viewer.push(event, clock());
          this.#isDirty ||= event.type === 'end';
        },
        error: (error: unknown) => this.#end(error),
        complete: () => this.#end(),
      }),
    );
    return subscription;
  }

  #renderFrame(): void {
    const now = clock();
    const end = now + BUDGET;
    const viewer = this.#viewer;
    const isDone = viewer.advance(now, () => clock() < end);
    // A moment that is being built is shown when it is complete. A live trace is shown as far as it has come.
    if (!isDone && !viewer.isPlaying) return;
    const isMoving = viewer.isPlaying && !(viewer.hasEnded && !viewer.opened);
    const isDue = (at: number, pause: number) => this.#isDirty || (isMoving && now - at >= pause);
    const position = viewer.position(now);
    if (isDue(this.#marblesAt, prefersReducedMotion() ? STEPS : 0)) {
      this.#marblesAt = now;
      this.#marbles.render(position, this.#palette);
    }
    if (isDue(this.#plotsAt, PLOTS)) {
      this.#plotsAt = now;
      this.#figures.render(viewer.inspection, position, this.#palette);
    }
    // The number of held events grows while everything else stands still.
    if (isDue(this.#textAt, TEXT) || (viewer.held > 0 && now - this.#textAt >= TEXT)) {
      this.#textAt = now;
      this.#renderText(position);
    }
    // What has ended is drawn once more as soon as all of it is applied.
    this.#isDirty = this.#isDirty && !isDone;
  }

  #renderText(position: number): void {
    const { inspection } = this.#viewer;
    this.#status.render(this.#viewer);
    this.#note.render(this.#viewer, position);
    this.#scrub.render(this.#viewer, clock());
    this.#marbles.renderText(position);
    this.#topics.render(inspection, position);
    this.#details.render(inspection, position);
  }

  #toggle(): void {
    if (this.#viewer.isPlaying) this.#viewer.pause(clock());
    else this.#viewer.play();
  }

  #close(): void {
    this.#clearMoment();
    this.#note.tellOpened(undefined);
    this.#viewer.close();
  }

  #clearMoment(): void {
    this.#marbles.clear();
    this.#details.clear();
  }

  #end(error?: unknown): void {
    this.#viewer.hasEnded = true;
    this.#note.tellEnd(error);
    this.#isDirty = true;
  }

  /** Where the details are below the topics, a click scrolls to them. */
  #revealDetails(): void {
    if (this.#host.clientWidth > NARROW) return;
    this.#renderText(this.#viewer.position(clock()));
    this.#details.element.scrollIntoView({
      block: 'nearest',
      behavior: prefersReducedMotion() ? 'auto' : 'smooth',
    });
  }

  /** Files that a user chooses by the button, or drops on the inspector. */
  #chosenFiles(): Observable<File> {
    const { file } = this.#status;
    const chosen$ = fromEvent(file, 'change').pipe(
      map(() => {
        const [first] = file.files ?? [];
        return first;
      }),
    );
    const dropped$ = merge(fromEvent<DragEvent>(this.#host, 'dragover'), fromEvent<DragEvent>(this.#host, 'drop')).pipe(
      filter(({ dataTransfer }) => dataTransfer?.types.includes('Files') === true),
      map(event => {
        event.preventDefault(); // otherwise the browser leaves the page for the file
        return event.dataTransfer?.files[0];
      }),
    );
    return merge(chosen$, dropped$).pipe(
      filter(each => each !== undefined),
      map(each => {
        file.value = ''; // so that the same file can be chosen again
        return each;
      }),
    );
  }

  /** What changes how the same things look. */
  #redraws(): Observable<unknown>[] {
    const resized$ = new Observable<unknown>(subscriber => {
      const observer = new ResizeObserver(() => subscriber.next(undefined));
      observer.observe(this.#host);
      return () => observer.disconnect();
    });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    return [resized$, fromEvent(dark, 'change')];
  }
}
