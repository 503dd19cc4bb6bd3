"""Where an account may be: countries offered, the states of Mexico, and time zones."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _

from cloudpanel.core.folding import fold

MEXICO = "MX"
_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
ISO_3166 = frozenset(_CODES.split())
"""All country codes of ISO 3166-1 (alpha-2): the holder of a domain may be anywhere."""
# ISO 3166-1; support can set any other one.
COUNTRIES = {
    "MX": _("México"),
    "AR": _("Argentina"),
    "BO": _("Bolivia"),
    "BR": _("Brasil"),
    "BZ": _("Belice"),
    "CA": _("Canadá"),
    "CL": _("Chile"),
    "CN": _("China"),
    "CO": _("Colombia"),
    "CR": _("Costa Rica"),
    "CU": _("Cuba"),
    "DE": _("Alemania"),
    "DO": _("República Dominicana"),
    "EC": _("Ecuador"),
    "ES": _("España"),
    "FR": _("Francia"),
    "GB": _("Reino Unido"),
    "GT": _("Guatemala"),
    "HN": _("Honduras"),
    "IT": _("Italia"),
    "JP": _("Japón"),
    "KR": _("Corea del Sur"),
    "NI": _("Nicaragua"),
    "NL": _("Países Bajos"),
    "PA": _("Panamá"),
    "PE": _("Perú"),
    "PR": _("Puerto Rico"),
    "PT": _("Portugal"),
    "PY": _("Paraguay"),
    "SV": _("El Salvador"),
    "CH": _("Suiza"),
    "US": _("Estados Unidos"),
    "UY": _("Uruguay"),
    "VE": _("Venezuela"),
}

STATES_OF_MEXICO = (
    "Aguascalientes",
    "Baja California",
    "Baja California Sur",
    "Campeche",
    "Chiapas",
    "Chihuahua",
    "Ciudad de México",
    "Coahuila de Zaragoza",
    "Colima",
    "Durango",
    "Estado de México",
    "Guanajuato",
    "Guerrero",
    "Hidalgo",
    "Jalisco",
    "Michoacán de Ocampo",
    "Morelos",
    "Nayarit",
    "Nuevo León",
    "Oaxaca",
    "Puebla",
    "Querétaro",
    "Quintana Roo",
    "San Luis Potosí",
    "Sinaloa",
    "Sonora",
    "Tabasco",
    "Tamaulipas",
    "Tlaxcala",
    "Veracruz de Ignacio de la Llave",
    "Yucatán",
    "Zacatecas",
)
# What people type instead, without accents.
_OTHER_NAMES = {
    "cdmx": "Ciudad de México",
    "df": "Ciudad de México",
    "distrito federal": "Ciudad de México",
    "mexico": "Estado de México",
    "edomex": "Estado de México",
    "coahuila": "Coahuila de Zaragoza",
    "michoacan": "Michoacán de Ocampo",
    "veracruz": "Veracruz de Ignacio de la Llave",
}
_STATES = {fold(name): name for name in STATES_OF_MEXICO} | _OTHER_NAMES

ZONES_OF_MEXICO = {
    "America/Mexico_City": _("Centro (Ciudad de México)"),
    "America/Monterrey": _("Noreste (Monterrey)"),
    "America/Merida": _("Península (Mérida)"),
    "America/Cancun": _("Sureste (Cancún)"),
    "America/Bahia_Banderas": _("Bahía de Banderas"),
    "America/Mazatlan": _("Pacífico (Mazatlán)"),
    "America/Chihuahua": _("Chihuahua"),
    "America/Hermosillo": _("Sonora (Hermosillo)"),
    "America/Tijuana": _("Noroeste (Tijuana)"),
    "America/Ciudad_Juarez": _("Frontera norte (Ciudad Juárez)"),
    "America/Ojinaga": _("Frontera norte (Ojinaga)"),
    "America/Matamoros": _("Frontera norte (Matamoros)"),
}
_REGIONS = {
    "America": _("América"),
    "Europe": _("Europa"),
    "Asia": _("Asia"),
    "Africa": _("África"),
    "Atlantic": _("Atlántico"),
    "Pacific": _("Pacífico"),
    "Australia": _("Australia"),
    "Indian": _("Índico"),
}


def state_of_mexico(text: str) -> str | None:
    """The official name of what somebody typed: ``"nuevo leon"`` → ``"Nuevo León"``; None when there is none."""
    return _STATES.get(fold(" ".join(text.replace(".", "").split())))


@cache
def time_zone_choices() -> list[Any]:
    """Mexico's zones by their own names, then every other one under its part of the world, then UTC."""
    groups: list[Any] = [(_("México"), list(ZONES_OF_MEXICO.items()))]
    known = sorted(available_timezones() - set(ZONES_OF_MEXICO))
    for region, label in _REGIONS.items():
        zones = [(zone, zone.partition("/")[2].replace("_", " ")) for zone in known if zone.startswith(f"{region}/")]
        groups.append((label, zones))
    return [*groups, ("UTC", [("UTC", "UTC")])]
