# What stands around the author's words in a calendar or a JSON feed.
fact-line = { $label }: { $value }
fact-when = When
fact-where = Where
fact-previous = Previous date
fact-online = Online
fact-registration = Registration
fact-speakers = With
fact-audience = Audience
fact-series = Series
fact-access = Accessibility
fact-organisers = Organised by
fact-announced = Announced by
fact-resources = To read and watch
fact-assumed = Assumed, not announced
fact-page = Event page

slot-number = slot { $number }/{ $total }
slots-between = { $count } slots, { $days }
series-step = { $title } (step { $position })
series-step-of = { $title } (step { $position }/{ $total })

online-open = open access
online-open-later = open access, address to be confirmed
online-registered = link sent to those who registered

registration-link = Register
registration-required = required
registration-optional = optional
registration-free = free of charge
registration-paid = with a fee
registration-opens = opens on { $moment }
registration-closes = closes on { $moment }
places-event = { $count ->
    [one] { $count } place
   *[other] { $count } places
}
places-slot = { $count ->
    [one] { $count } place per slot
   *[other] { $count } places per slot
}
places-left = { $count ->
    [one] { $count } place left
   *[other] { $count } places left
}

# In the place of what is not for everyone, within an organiser's words.
hidden-room = [link for those who registered]
hidden-code = [code hidden]
hidden-telephone = [telephone hidden]
hidden-mailbox = [address hidden]

# The feed of what is new and what changed.
news-title = { $title }: news and changes
news-cancelled = Cancelled: { $title }
news-postponed = Postponed: { $title }
news-rescheduled = New date: { $title }
news-moved-online = Moved online: { $title }
news-full = Full: { $title }
