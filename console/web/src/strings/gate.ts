// Words of the pages before the console: sign-in and set-up.
export const gate = {
  signIn: {
    title: "Sign in",
    user: "User name",
    password: "Password",
    submit: "Sign in",
    busy: "Signing in…",
    ended: "Your session has ended. Sign in again.",
  },
  setUp: {
    title: "First administrator",
    intro: "This gateway has no user yet. Choose a name and a password; you can then import your directory.",
    user: "User name",
    userHint: "Small letters, digits, dot, dash and underscore.",
    password: "Password",
    passwordHint: "At least 10 characters.",
    submit: "Make the administrator",
    busy: "Saving…",
  },
};
