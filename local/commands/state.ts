/** Where `npm start` keeps everything, and where the other commands look for it. */
export const STATE_DIRECTORY = '.fillrate';
