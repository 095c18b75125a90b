# The lab's desk: coming in, accounts, the lab.
desk-home = Your events
desk-accounts = Accounts
desk-lab = Lab
desk-public = Public pages
desk-sign-in = Sign in
desk-sign-out = Sign out
desk-me = My account
desk-save = Save
desk-choose = Choose…
desk-more = More settings
desk-problems = To mend before going on
desk-feed-at = Your feed, to be given to the programme:
desk-session-ended = Your session has ended. Sign in: what you wrote is kept on this page and will come back at once.
desk-forgotten = Forgot your password? Somebody who administers your node can send you a link.

desk-refused-wrong = This name and this password do not go together.
desk-refused-wait = Too many tries. Wait { $n } s before trying again.
desk-refused-short = A password has at least { $n } characters: a few words will do.
desk-refused-long = A password has at most { $n } characters.
desk-refused-obvious = This password can be guessed: it repeats the name of the account, or one character.
desk-refused-taken = There is an account of that name already.
desk-refused-expired = This link is no longer good: it was used, it was replaced, or it is more than seven days old. Ask for another.
desk-refused-last-admin = This is the last account that can administer this node: give that role to somebody else first.

desk-set-up = Setting up
desk-set-up-why = One more minute: say which lab publishes here and who writes first. All of it can be changed later, but for the ids.
desk-set-up-code-title = The code of the terminal
desk-set-up-code = Set-up code
desk-set-up-code-hint = It is shown where the node was started. Only with it can the first account be made.
desk-set-up-code-wrong = This is not the code shown when the node started. If the node was started again, the code is another.
desk-set-up-account = The first account
desk-set-up-go = Set up

desk-lab-name = Name of the lab
desk-lab-name-bad = Give the name of the lab.
desk-lab-title = Title of pages and feed
desk-lab-title-hint = Empty: the name of the lab.
desk-lab-title-bad = This title is too long.
desk-lab-region = Region
desk-lab-region-hint = The hours of events follow its time zone.
desk-lab-region-bad = Choose a region, or give a time zone.
desk-lab-zone = Time zone
desk-lab-zone-hint = Empty: the region’s. Otherwise a name such as Europe/Paris or Pacific/Marquesas.
desk-lab-zone-bad = This zone is not known: write it like Europe/Paris.
desk-lab-page = Address of the lab’s site
desk-lab-page-hint = Optional.
desk-lab-licence = Licence of what you publish
desk-lab-licence-hint = Without a licence, programmes show what you announce but cannot pass it on.
desk-lab-licence-none = None
desk-lab-language = Language of the texts
desk-lab-tag = Your ids begin, for ever, with
desk-address-bad = This address is not complete: write all of it, from https:// on

desk-account-name = E-mail address or user name
desk-account-name-hint = To sign in with. Never published.
desk-account-name-bad = Write an address or a user name without spaces and slashes.
desk-account-shown = Name
desk-account-shown-hint = As colleagues see it in the history.
desk-account-shown-bad = Give a name.
desk-account-invited = invited, not yet come
desk-account-remove = Remove
desk-password = Password
desk-password-hint = At least 12 characters.
desk-password-old = Current password
desk-password-new = New password
desk-password-change = Change password
desk-everywhere = Sign out everywhere
desk-everywhere-why = All your sessions end, on this device and on others. Your drafts stay.
desk-invitation = Choose a password
desk-invitation-why = choose the password with which you will come in.
desk-invitation-go = Come in
desk-invite = Invite somebody
desk-invite-go = Make the invitation link
desk-link-made = Link to send to
desk-link-why = It is shown once, works once and is good for seven days.
desk-link-new = New password by link
desk-role = Role
desk-role-change = Change role
desk-role-organiser = Organiser
desk-role-organiser-why = writes and changes their own events
desk-role-editor = Editor
desk-role-editor-why = changes all events
desk-role-admin = Administrator
desk-role-admin-why = settles accounts and the lab too
desk-sessions = { $n ->
    [0] no session
    [one] { $n } session
   *[other] { $n } sessions
}
desk-sessions-end = End sessions

desk-done-set-up = Your node is in service.
desk-done-password = The password is changed.
desk-done-accounts = Done.
desk-done-lab = The lab is saved.
