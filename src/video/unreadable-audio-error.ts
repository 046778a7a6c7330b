/** Says why bytes cannot be read as sound; the message completes the sentence "The audio file …". */
export class UnreadableAudioError extends Error {}
