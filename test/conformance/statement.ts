/** A numbered statement of a specification, in our words. */
export interface Statement {
  /** As in [MQTT-3.1.2-20], without the brackets and `MQTT-`. */
  readonly id: string;
  readonly binds: 'client' | 'server' | 'both';
  readonly says: string;
  /** Why no test of a client can or need show it. */
  readonly exempt?: string;
  /** Of 3.1.1: the statements of 5.0 that say the same, where one code follows both; their tests show this one too. */
  readonly as?: readonly string[];
}

type Rest = Pick<Statement, 'exempt' | 'as'>;

const binding =
  (binds: Statement['binds']) =>
  (id: string, says: string, rest: Rest = {}): Statement => ({ id, binds, says, ...rest });

export const client = binding('client');
export const server = binding('server');
export const both = binding('both');

export const exempt = (reason: string): Rest => ({ exempt: reason });
export const as = (...ids: string[]): Rest => ({ as: ids });
