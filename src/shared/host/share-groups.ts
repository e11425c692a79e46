import type { Observable, Subscription } from 'rxjs';
import type { AckableMessage } from '../../message.js';

/** One tab of a group. */
export interface ShareMember {
  next(message: AckableMessage): void;
  error(error: unknown): void;
  granted(reasonCode: number): void;
}

/** Opens the stream of a group, and reports what the broker grants. */
type OpenStream = (onGranted: (reasonCode: number) => void) => Observable<AckableMessage>;

/**
 * The shared subscriptions (`$share/group/filter`, 5.0 section 4.8.2). The connection of all tabs is one member of the group at the broker,
 * so the tabs take its messages in turn.
 */
export class ShareGroups {
  readonly #groups = new Map<string, ShareGroup>();

  /** Adds a tab to the group with this key, and returns its place there. */
  join(
    key: string,
    member: ShareMember,
    open: OpenStream,
  ): { leave(): void; passOn(message: AckableMessage): boolean } {
    const group = this.#groups.get(key) ?? new ShareGroup(() => this.#groups.delete(key));
    this.#groups.set(key, group);
    group.add(member, open);
    return { leave: () => group.remove(member), passOn: message => group.passOn(message, member) };
  }
}

class ShareGroup {
  readonly #onEmpty: () => void;
  readonly #members: ShareMember[] = [];
  #turn = 0;
  #reasonCode: number | undefined;
  #stream: Subscription | undefined;

  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  add(member: ShareMember, open: OpenStream): void {
    this.#members.push(member);
    if (this.#members.length > 1) {
      if (this.#reasonCode !== undefined) member.granted(this.#reasonCode);
      return;
    }
    const onGranted = (reasonCode: number) => {
      this.#reasonCode = reasonCode;
      for (const each of [...this.#members]) each.granted(reasonCode);
    };
    this.#stream = open(onGranted).subscribe({
      next: message => void this.#deliver(message, this.#members),
      error: (error: unknown) => {
        this.#onEmpty();
        for (const each of [...this.#members]) each.error(error);
      },
    });
  }

  remove(member: ShareMember): void {
    const index = this.#members.indexOf(member);
    if (index < 0) return;
    this.#members.splice(index, 1);
    if (this.#members.length > 0) return;
    this.#onEmpty();
    this.#stream?.unsubscribe();
  }

  passOn(message: AckableMessage, from: ShareMember): boolean {
    return this.#deliver(
      message,
      this.#members.filter(member => member !== from),
    );
  }

  #deliver(message: AckableMessage, members: readonly ShareMember[]): boolean {
    members[this.#turn++ % members.length]?.next(message);
    return members.length > 0;
  }
}
