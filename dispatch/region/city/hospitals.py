"""The five hospitals and what each can do."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.region.city.naming import Name


@dataclass(frozen=True, kw_only=True)
class Hospital:
    """One hospital; `capabilities` are those of the agency format."""

    name: Name
    capabilities: tuple[str, ...]
    beds: int

    def tags(self) -> dict[str, str]:
        """Its OpenStreetMap tags besides `amenity`."""
        return {
            "emergency": "yes",
            "beds": str(self.beds),
            "healthcare:speciality": ";".join(self.capabilities),
            **self.name.tags(),
        }


HOSPITALS = (
    Hospital(
        name=Name(en="Central Hospital", ru="Центральная больница", kk="Орталық аурухана",
                  ko="중앙병원"),
        capabilities=("emergency", "surgery", "stroke", "cardiac", "icu", "general"),
        beds=720,
    ),
    Hospital(
        name=Name(en="Tarva Trauma Centre", ru="Травматологический центр «Тарва»",
                  kk="«Тарва» жарақат орталығы", ko="타르바외상센터"),
        capabilities=("emergency", "trauma", "burns", "surgery", "icu", "general"),
        beds=540,
    ),
    Hospital(
        name=Name(en="Lakeside Hospital", ru="Приозёрная больница", kk="Көл жағасы ауруханасы",
                  ko="호반병원"),
        capabilities=("emergency", "surgery", "general", "maternity"),
        beds=380,
    ),
    Hospital(
        name=Name(en="Southern Hospital", ru="Южная больница", kk="Оңтүстік аурухана",
                  ko="남부병원"),
        capabilities=("emergency", "surgery", "toxicology", "psychiatric", "general"),
        beds=330,
    ),
    Hospital(
        name=Name(en="Children's Hospital", ru="Детская больница", kk="Балалар ауруханасы",
                  ko="어린이병원"),
        capabilities=("emergency", "children", "surgery", "icu", "maternity"),
        beds=290,
    ),
)  # fmt: skip
