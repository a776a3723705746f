"""What people write when they mean no more texts, and what only looks like it.  All invented."""
# ruff: noqa: RUF001

STOP_ALL = """
stop
STOP
Stop.
stop!!!
StOp
  stop
STOPP
stoppppp
S T O P
s.t.o.p
stop stop stop
stop please
please stop
Please stop, thank you
pls stop
stop it
stop this now
stop now thanks
ok stop
STOPALL
stop all
sotp
stpo
stp
stip
🛑
stop 🛑
STOP 😡😡
✋
end
END
End.
end please
quit
QUIT
please quit
qiut
cancel
CANCEL
Cancel please
cancle
unsubscribe
UNSUBSCRIBE
unsubscribe me
unsuscribe
unsubcribe
unsub
please unsubscribe me from this
how do I unsubscribe?
revoke
REVOKE
I revoke my consent
I hereby withdraw my permission
opt out
OPT OUT
opt-out
optout
opt me out
I want to opt out
opting out, thanks
I would like to opt out of these
stop texting me
Stop texting me!
STOP TEXTING ME
stop sending me messages
stop sending these
please stop sending texts to this number
quit texting me
quit texting this phone
stop contacting me
stop messaging me please
can you stop texting me?
could you please stop with the messages
Will you stop the texts please
stop txting me
cease all texts
please discontinue these messages
stop bothering me
stop spamming me
stop harassing me
don't text me
dont text me
don’t text me anymore
Please don't text me anymore
pls dont txt me
do not text me
do not text this number again
DO NOT CONTACT ME
do not contact me again
never text me again
don't ever message me again
don't contact me
dont message me any more
I don't want any more texts
i dont want these texts
I do not want to receive any more messages
I don't want to get texts from you
don't send me any more texts
dont send me anymore messages
please do not send me texts
no more texts
No more texts please!
no more messages
no more msgs pls
no more
no more calls or texts
I said no more texts
no texts please
take me off your list
Take me off the list please
take me off this list!!
please take my number off your list
remove me from your list
remove me
remove me please
remove my number
Please remove this number from your system
delete my number
get me off this list
put me on your do not call list
lose my number
leave me alone
go away
wrong number
Wrong number
wrong number, sorry
you have the wrong number
u got the wrong person
sorry wrong person
this is the wrong number, I don't own a Honda
not my number anymore
You have the wrong guy
I never signed up for this
I never gave you permission to text me
end texts
end these texts
cancel texts
cancel my subscription
cancel these messages
cancel all messages
stop alerts
Stop notifications
stop, wrong number
stop texting, I sold the car
I want you to stop texting me
you need to quit sending these
tell your computer to stop texting me
block this number
alto
ALTO
Alto por favor
pare
paren
parar
basta
Basta ya
baja
cancelar
no me manden mas mensajes
No me manden más mensajes
no me mande mas mensajes por favor
ya no me manden mensajes
no me envíen más textos
no me escriban
no me escriban más
no me contacten
no me llamen
no me molesten
no más mensajes
No mas textos porfavor
no quiero más mensajes
no quiero recibir mensajes
No quiero recibir sus mensajes
dejen de mandar mensajes
deje de enviarme textos
dejen de escribirme
paren de mandar mensajes
bórrenme de su lista
quítenme de la lista
quiten mi numero
sáquenme de la lista
quiero darme de baja
denme de baja
numero equivocado
Número equivocado
se equivocó de número
cancelar suscripción
dejenme en paz
STOP TEXT
stop text messages
Stop all messages
please take this phone number off of your text list
I am not Theo, please stop
This isn't Theo's number
quit messaging me!!!
don't want your texts
Do NOT text this phone ever again
You don't have my consent to text me
Never contact me again, ever.
end subscription
Unsubscribe please and thank you
stop, I mean it
For the last time stop texting
stop textng me
plz stpo texting
no mas
Ya no quiero mensajes
por favor no manden mensajes a este numero
Pare de mandar mensajes
no quiero que me llamen
eliminen mi número por favor
quiero dejar de recibir mensajes
I'd prefer not to receive texts
please refrain from texting me
kindly cease and desist
do not use this number
i told you people to stop texting my phone
pls take my cell off ur list
get me off your texting list now
why do i keep getting these, STOP
Enough. Stop.
do not send any more text messages to me
I am revoking my permission to text me
please end this text thread
no longer wish to receive text messages
i wish to be removed from your list
Please remove from list
not interested stop texting
stop sending this crap
quit it
unsubscribe all
STOP!!! you have the wrong number
This is no longer Theo's number
wrong # sorry
no me textees mas
por favor dejen de llamar
ya no quiero que me escriban
no vuelvan a escribirme
""".strip("\n").split("\n")

STOP_SALES = """
stop sending me offers
no more offers
No more offers please
no more promotions
stop the sales texts
please stop sending me sales messages
don't text me about buying a car
stop texting me about trading in my car
quit sending ads
no more ads please
stop with the marketing
I don't want your promotions
stop trying to sell me a car by text
no more deals texts
no marketing texts please
don't send me specials
stop sending coupons
unsubscribe from marketing
opt out of promotional messages
don't contact me about selling my truck
no me manden ofertas
no más promociones
no quiero recibir publicidad
dejen de mandar ofertas
stop sending me sales pitches
no more car offers thanks
stop advertising to me
no more sales calls or offers please
don't send me ads
stop trying to get me to trade in my truck
""".strip("\n").split("\n")

START = """
start
START
Start
start please
unstop
UNSTOP
resume
start texting me again
Start sending texts again
please start messages again
text me again please
you can text me again
opt in
subscribe
comenzar
empezar
restart
Unstop please
I want texts again
""".strip("\n").split("\n")

FOR_THE_ADVISOR = """
Hello?
ok?
stop by at 5?
Can I stop by at 5?
I'll stop by after work
ill stop in tomorrow morning
can i stop by and get my keys
I can stop by, text me when you're done
Is it ok to stop over around noon?
can you cancel my appointment
Cancel my appointment please
please cancel my appointment for tomorrow
I need to cancel Tuesday
cancel the oil change
can we cancel the tire rotation and just do the brakes
cancel the brake job, just do the oil
don't stop the repair
dont stop the work, I approve it
Please stop the work until I call you
stop work on my car
the car won't stop squealing
The car won't stop leaking oil
it takes forever to stop
Brakes grind when I stop
it makes a noise when I stop at a light
the truck quit on me again
My car quit running on the freeway
engine quits at idle
it shakes at the end of braking
will it be done by the end of the day?
by the end of the week is fine
at the end of the day what will it cost?
is that the end of my warranty?
what's the total?
How much is it
when will it be ready?
is it ready yet
ready?
Did you find the noise?
Do I really need the brakes done?
can you send me the photos again
the link doesn't work
I can't open the link
call me please
Call me
please call
can you call my husband
who is this?
Who is this
is this Ada?
yes go ahead
Yes do it
go ahead with the brakes
no just the oil change
not the brakes
no thanks on the wipers
I'd like to wait on the tires
How long do I have on those pads?
I'm running late
be there at 3
can you drop it off?
do you have a loaner?
is the shuttle still running
Where do I park?
what time do you close?
I left my garage opener in the car
start the repair please
Can you start on it today?
go ahead and start the work
please start my car
what does the alternator cost
revoke the estimate? what does that mean
it's at the bus stop on Mill Road
there's a stop sign by your shop
The pit stop took an hour last time
My end tables are in the trunk, careful
He told me to quit riding the brakes
opt for the cheaper tires please
the noise comes from the left end
Does the stop light work now?
my stop lamp is out
Sorry wrong part, it was the left mirror
a qué hora cierran?
¿ya está listo mi carro?
cuándo estará listo
para cuando estaría listo?
el precio está muy alto
quiero cancelar mi cita
¿puedo cancelar la cita de mañana?
llámenme por favor
cuanto cuesta
el freno hace ruido
necesito la luz baja arreglada
HELP
help
?
did you get my message
I did not get your text
I never got your text
haven't heard from you
shop
quiet
auto
we'll stop for lunch then come get it
What's the stopping distance on these tires?
Did they stop making that part?
My AC stopped working
Could you stop what you're doing to the brakes? I want to talk first
The wipers quit
let's cancel the detail
Can I cancel one line on the estimate?
end of day works
Stop and start feature is broken
auto stop isn't working
front end makes a clunk
I quit smoking so please no air freshener
please do not replace the filter
don't do the tires
don't send it out for detail
please don't wash the car
no me cambien las llantas
don't forget to call me
I don't have a text from you
my wife will pick it up
call me before you start
The check engine light is on again
ok see you at 5
yes
Yes please
¿me pueden llamar?
Stop charging me for shop supplies
cancel my order for the tires
I'll cancel if it's over 500
please email instead of texting
only call me please
The dash says end of service life
I'll be at the Stop and Shop next door
stop me if I'm wrong but isn't that under warranty
They quit making that trim years ago
can you cancel the loaner, I found a ride
Cancel the wipers. Do the brakes.
please don't send the car to the wash
don't call the insurance yet
never mind the wipers
I never got a call
Don't worry about the scratch
please do not start yet
don't charge my card
did the noise end?
what does it cost to stop the leak
unable to open the page
remove the old plates please
delete the second line from the estimate
take the roof rack off please
go away for the weekend, pick up Monday ok?
my number changed to 415 555 0199
can you text me when it's done?
no text yet, is it ready?
wrong size tires on the estimate
puede parar el trabajo hasta que llegue
can the tint be removed?
Can you get my phone out of the car
can you get me from work
drop me off at home please
you have the wrong car on this
cancel the special order part
cancel the tire upgrade
no me llamaron
no me llamo Theo
Stop. I need to talk to you first
""".strip("\n").split("\n")

UNCLEAR = """
I never gave you my keys
don't stop texting me, I like the updates
why did you stop texting me
please don't unsubscribe me
I don't want to opt out
don't text me before 9
don't text me at work
don't call me, text me instead
please don't call, just text
do not text me while I'm driving
dont text my wife
don't text me until it's done
no me llamen antes de las 9
no me escriban en la noche
not interested
I'm not interested
no me interesa
too many texts
why are you texting me
how did you get my number
is this spam
cancel everything
no
Nope
I sold that car
I don't own that car anymore
this is annoying
enough
You have the wrong number on my invoice
take me off the waiting list for the loaner
stop what you're doing please
🖕
how do I turn off these texts
Stop please I don't want these
stop everything
Remove.
parale
I don't want to hear about new cars anymore
Don't text, email me
Don't text this number, it's my work phone
please stop and top off the washer fluid
no me mande la factura por correo, yo paso
baja la ventana antes por favor
i did not consent to this
I never agreed to that price
this is not right
""".strip("\n").split("\n")

SAID = """
ok
OK
ok thanks
Okay, thank you!
thanks
Thank you so much
thx
ty
got it
Got it, thanks
sounds good
great
Perfect, thank you
on my way
omw
will do
see you soon
👍
👍👍
🙏
ok 👍
gracias
muchas gracias
ok gracias
perfecto gracias
no problem
sure
""".strip("\n").split("\n")

CORPUS = [
    *((text, "stop", False) for text in STOP_ALL),
    *((text, "stop", True) for text in STOP_SALES),
    *((text, "start", False) for text in START),
    *((text, "question", False) for text in FOR_THE_ADVISOR),
    *((text, "unclear", False) for text in UNCLEAR),
    *((text, "said", False) for text in SAID),
]
"""Each text, what it means, and whether it is a stop to sales only."""
