/** Tokens that open a bracket, and those that close one. */

export const OPENING = /^[([{]$/;
export const CLOSING = /^[)\]}]$/;
