"""The demonstration menu in Spanish, as customers in the United States speak it.  All invented."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """What the catalog says of one operation."""

    name: str
    what_it_is: str
    why_it_matters: str
    if_you_wait: str
    horizon: str


NEW_FILTER = "Ponemos un filtro nuevo. Usted mismo puede hacerlo en diez minutos."
NEW_PADS = "Quitamos las pastillas gastadas, ponemos nuevas, y limpiamos y engrasamos por donde se mueven."
WORN_PADS = "Con las millas que usted maneja duran unas semanas. Después también necesitaría discos."
WORN_TIRES = "Las llantas gastadas tardan más en parar en mojado."
DRY_ROADS = "En seco están bien por ahora. En mojado tarda más en parar con menos de 4/32."
NOT_FAR = "Nosotros no manejaríamos lejos. Puede fallar sin un ruido nuevo."
OLD_FLUID = "Sacamos el líquido viejo y ponemos nuevo."

OPERATIONS = {
    "01HNLOF": Said(
        "Cambio de aceite y filtro",
        "Sacamos el aceite viejo y ponemos aceite y filtro nuevos.",
        "El aceite viejo se pone delgado y sucio. El limpio evita que el metal gaste al metal.",
        "Unos cientos de millas más no hacen daño. Después de 3,000 millas el motor se gasta más rápido.",
        "3,000 millas",
    ),
    "02ROT": Said(
        "Rotar las llantas",
        "Pasamos cada llanta a otra rueda y ajustamos la presión.",
        "Las de adelante se gastan más rápido. Al moverlas duran más las cuatro.",
        "El par de adelante se acaba primero. Usted compra llantas antes.",
        "6,000 millas",
    ),
    "MPI": Said(
        "Revisión de varios puntos",
        "Revisamos todo el auto y anotamos lo que medimos.",
        "Usted ve el estado de su auto en una página.",
        "En el auto no cambia nada.",
        "12 meses",
    ),
    "DIAG": Said(
        "Hallar la causa",
        "Un técnico maneja el auto y lo prueba hasta saber la causa.",
        "Le dice qué está mal antes de comprar una pieza.",
        "La causa queda sin saberse. Puede empeorar.",
        "no se sabe hasta revisar",
    ),
    "41BRKF": Said(
        "Cambiar las pastillas de freno delanteras",
        NEW_PADS,
        "Con pastillas delgadas el auto para más tarde. El metal con metal daña los discos.",
        WORN_PADS,
        "4 a 8 semanas",
    ),
    "41ROTF": Said(
        "Cambiar los discos y pastillas delanteros",
        "Ponemos discos y pastillas nuevos en las dos ruedas de adelante.",
        "Un disco más delgado que su límite marcado se puede rajar en caliente.",
        "Frena menos y el volante puede temblar.",
        "2 a 4 semanas",
    ),
    "41BRKR": Said(
        "Cambiar las pastillas de freno traseras",
        NEW_PADS,
        "Los frenos de atrás mantienen firme el auto cuando frena fuerte.",
        WORN_PADS,
        "4 a 8 semanas",
    ),
    "42HOSE": Said(
        "Cambiar una manguera de freno",
        "Ponemos una manguera nueva y sacamos el aire de los frenos.",
        "Una manguera hinchada o con fuga puede reventar. Entonces ese freno no sirve.",
        NOT_FAR,
        "ahora",
    ),
    "43PARK": Said(
        "Ajustar el freno de mano",
        "Ajustamos el cable para que la palanca aguante en una loma.",
        "Si el freno de mano resbala, el auto puede rodar.",
        "Estacione en lo plano y déjelo en velocidad.",
        "2 meses",
    ),
    "40BFLUSH": Said(
        "Cambiar el líquido de frenos",
        OLD_FLUID,
        "El líquido viejo toma agua. Puede hervir en una bajada larga y el pedal se pone blando.",
        "Está bien para viajes cortos. Hágalo antes de un viaje largo de montaña.",
        "3 a 6 meses",
    ),
    "44TIRE4": Said(
        "Cambiar las cuatro llantas",
        "Ponemos cuatro llantas nuevas, las balanceamos y ajustamos la presión.",
        WORN_TIRES,
        DRY_ROADS,
        "3 a 6 meses",
    ),
    "44TIRE2": Said(
        "Cambiar dos llantas",
        "Ponemos dos llantas nuevas, las balanceamos y ajustamos la presión.",
        WORN_TIRES,
        DRY_ROADS,
        "3 a 6 meses",
    ),
    "38BAT": Said(
        "Cambiar la batería",
        "Ponemos una batería nueva y guardamos los ajustes de su radio y reloj.",
        "Con una batería débil el auto puede no arrancar un día frío.",
        "Lo puede dejar parado. Nadie sabe qué mañana.",
        "1 a 3 meses",
    ),
    "30TRANS": Said(
        "Cambiar el aceite de la transmisión",
        "Sacamos el aceite viejo y ponemos nuevo.",
        "Con aceite limpio los cambios entran suaves.",
        "Unos miles de millas más están bien.",
        "5,000 millas",
    ),
    "33COOL": Said(
        "Cambiar el refrigerante",
        OLD_FLUID,
        "Con el viejo se forma óxido en el motor.",
        "Vigile el nivel. Hágalo esta temporada.",
        "6 meses",
    ),
    "34BELT": Said(
        "Cambiar la banda del motor",
        "Ponemos una banda nueva y revisamos lo que la tensa.",
        "La banda mueve el alternador y la bomba de agua.",
        "Si se rompe, el auto para en minutos.",
        "2 a 3 meses",
    ),
    "05AIR": Said(
        "Cambiar el filtro de aire del motor",
        NEW_FILTER,
        "Con el filtro lleno al motor le cuesta más tomar aire.",
        "Puede gastar un poco más de gasolina.",
        "6,000 millas",
    ),
    "06CABIN": Said(
        "Cambiar el filtro de aire de la cabina",
        NEW_FILTER,
        "Evita que usted respire polvo y polen.",
        "Sale menos aire. No le hace daño al auto.",
        "cuando quiera",
    ),
    "71WIPER": Said(
        "Cambiar los limpiadores",
        "Ponemos dos hojas nuevas.",
        "Las hojas rotas manchan el vidrio cuando más necesita ver.",
        "Está bien hasta que llueva.",
        "antes de la próxima lluvia",
    ),
    "70LAMP": Said(
        "Cambiar una luz",
        "Ponemos un foco nuevo y revisamos todas las luces.",
        "Los demás no ven cuando usted frena o da vuelta.",
        "Lo pueden parar por eso.",
        "ahora",
    ),
    "46BOOT": Said(
        "Cambiar un fuelle del eje",
        "Ponemos un fuelle de goma nuevo y grasa nueva.",
        "Un fuelle roto tira la grasa. Luego se gasta la junta.",
        "La junta empieza a tronar. Luego necesita todo el eje.",
        "2 a 3 meses",
    ),
    "45STRUT": Said(
        "Cambiar los amortiguadores delanteros",
        "Ponemos dos amortiguadores nuevos y alineamos las ruedas.",
        "Con una fuga la rueda rebota, y el auto para más tarde.",
        "Las llantas se gastan por partes y el auto se siente peor.",
        "3 meses",
    ),
    "45BALL": Said(
        "Cambiar los dos brazos de control de abajo",
        "Ponemos dos brazos nuevos con rótulas nuevas y alineamos las ruedas.",
        "La rótula une la rueda al auto. Si está floja se puede soltar.",
        NOT_FAR,
        "ahora",
    ),
    "50AC": Said(
        "Recargar el aire acondicionado",
        "Buscamos fugas y ponemos la cantidad justa.",
        "Sin eso el aire sale tibio.",
        "No le hace daño al auto.",
        "cuando quiera",
    ),
    "18CAT": Said(
        "Cambiar el tubo de escape",
        "Ponemos un tubo nuevo y empaques nuevos.",
        "Una fuga deja salir humo debajo del auto.",
        "Hace más ruido. Deje cerradas las ventanas.",
        "1 a 2 meses",
    ),
    "21HG": Said(
        "Cambiar el empaque de la cabeza del motor",
        "Quitamos la parte de arriba del motor y ponemos un empaque nuevo.",
        "Un empaque malo deja entrar refrigerante al motor.",
        "El motor se puede calentar de más y ya no tener arreglo.",
        "ahora",
    ),
    "31CLUTCH": Said(
        "Cambiar el embrague",
        "Sacamos la caja y ponemos embragues nuevos.",
        "Un embrague gastado patina y tiembla al arrancar.",
        "El temblor crece. Al final el auto no arranca a andar.",
        "6 a 12 meses",
    ),
    "34TIMING": Said(
        "Cambiar la banda de tiempo y la bomba de agua",
        "Ponemos una banda y una bomba nuevas al frente del motor.",
        "La banda lleva el ritmo del motor. Si se rompe, el motor se para.",
        "Pasadas las 120,000 millas se puede romper sin avisar.",
        "12 meses",
    ),
    "72LATCH": Said(
        "Cambiar el seguro de una puerta",
        "Ponemos un seguro nuevo y revisamos que la puerta cierre bien.",
        "Un seguro gastado puede no sujetar la puerta.",
        "Maneje con la puerta con seguro.",
        "2 semanas",
    ),
    "57RACK": Said(
        "Cambiar la cremallera de la dirección",
        "Ponemos una cremallera reconstruida y alineamos las ruedas.",
        "Con una fuga el volante se pone pesado y flojo.",
        "Cada semana pide más líquido. Luego se pierde la ayuda.",
        "2 a 4 semanas",
    ),
    "KEY2": Said(
        "Agregar una segunda llave",
        "Cortamos y programamos una llave más.",
        "Con una sola llave, perderla es llamar a la grúa.",
        "En el auto no cambia nada.",
        "cuando quiera",
    ),
}

PARTS = {
    "Oil filter": "Filtro de aceite",
    "0W-20 oil, quart": "Aceite 0W-20, cuarto",
    "Front pad set": "Juego de pastillas delanteras",
    "Rear pad set": "Juego de pastillas traseras",
    "Hardware kit": "Juego de herrajes",
    "Front disc": "Disco delantero",
    "Brake hose": "Manguera de freno",
    "DOT 3 fluid, bottle": "Líquido DOT 3, botella",
    "All-season tire": "Llanta para todo el año",
    "Valve stem": "Válvula",
    "Battery, group 51R": "Batería, grupo 51R",
    "Clutch kit": "Juego de embrague",
    "Timing belt kit": "Juego de banda de tiempo",
    "Water pump": "Bomba de agua",
    "Transmission fluid, quart": "Aceite de transmisión, cuarto",
    "Coolant, gallon": "Refrigerante, galón",
    "Drive belt": "Banda del motor",
    "Engine air filter": "Filtro de aire del motor",
    "Cabin air filter": "Filtro de aire de la cabina",
    "Front blade pair": "Par de hojas delanteras",
    "Bulb": "Foco",
    "Outer boot kit": "Juego de fuelle de afuera",
    "Front strut": "Amortiguador delantero",
    "Strut mount": "Base de amortiguador",
    "Lower control arm": "Brazo de control de abajo",
    "Refrigerant, pound": "Gas refrigerante, libra",
    "Front pipe": "Tubo delantero",
    "Gasket set": "Juego de empaques",
    "Head bolt set": "Juego de pernos de cabeza",
    "Door latch": "Seguro de puerta",
    "Steering rack": "Cremallera de dirección",
    "Tie rod end": "Terminal de dirección",
    "Key, blank": "Llave sin cortar",
}
