from django import forms


class AttachmentForm(forms.Form):
    file = forms.FileField(
        label="File", help_text="A PNG, JPEG or WebP image, or a PDF. No patient data: an image is drawn anew without "
        "its hidden data, but a PDF is kept as it is.",
        widget=forms.FileInput(attrs={"accept": ".png,.jpg,.jpeg,.webp,.pdf"}),
    )  # fmt: skip
    title = forms.CharField(max_length=160, help_text="Stands below the image, or as the words of the link.")
    alternative_text = forms.CharField(
        max_length=500, required=False, label="What the image shows", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For readers who cannot see it. Needed for images; not used for a PDF.",
    )  # fmt: skip
    source = forms.CharField(
        max_length=80,
        label="Source",
        help_text="Statements such as S28, S29, an added source such as E1, or “our own”.",
    )
