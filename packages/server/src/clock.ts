// Time is a parameter everywhere in the server, so that tests can stand still or jump.

/** Gives the present moment. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();
